//! What is sent: frames of the WebSocket protocol (RFC 6455), and the JSON inside them.

use super::Code;
use bytes::Bytes;
use model::{EventId, Micros};
use serde::Serialize;
use serde_json::value::RawValue;
use store::outbox::StoredEvent;

pub(super) const TEXT: u8 = 1;
pub(super) const BINARY: u8 = 2;
pub(super) const CLOSE: u8 = 8;
pub(super) const PING: u8 = 9;
pub(super) const PONG: u8 = 10;

/// A whole message in one frame, as a server sends it: not masked.
pub(super) fn frame(opcode: u8, payload: &[u8]) -> Bytes {
    let mut frame = Vec::with_capacity(payload.len() + 10);
    frame.push(0x80 | opcode);
    match payload.len() {
        length @ ..126 => frame.push(length as u8),
        length @ ..65_536 => {
            frame.push(126);
            frame.extend_from_slice(&(length as u16).to_be_bytes());
        }
        length => {
            frame.push(127);
            frame.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(payload);
    frame.into()
}

/// The length of the frame that `bytes` begin with.
pub(super) fn length(bytes: &[u8]) -> usize {
    let at = |range: std::ops::Range<usize>| bytes.get(range).unwrap_or_default();
    let big = |bytes: &[u8]| bytes.iter().fold(0usize, |sum, byte| sum << 8 | usize::from(*byte));
    match bytes.get(1).copied().unwrap_or(0) & 127 {
        126 => 4 + big(at(2..4)),
        127 => 10 + big(at(2..10)),
        short => 2 + usize::from(short),
    }
}

/// A close frame.
pub(super) fn close(code: Code) -> Bytes {
    let reason = match code {
        Code::Ended => "signed out",
        Code::Changed => "rights changed",
        Code::Stalled => "not reading",
        Code::Restart => "restarting",
        _ => "",
    };
    frame(CLOSE, &[&(code as u16).to_be_bytes(), reason.as_bytes()].concat())
}

fn json(value: &impl Serialize) -> Bytes {
    frame(TEXT, &serde_json::to_vec(value).unwrap_or_default())
}

/// An event of the outbox.
pub(super) fn event(stored: &StoredEvent) -> Bytes {
    #[derive(Serialize)]
    struct Wire<'a> {
        r#type: &'a str,
        id: EventId,
        cursor: String,
        occurred_at: Micros,
        data: &'a RawValue,
    }
    let data = serde_json::from_str(&stored.data).unwrap_or(RawValue::NULL);
    json(&Wire {
        r#type: &stored.kind,
        id: stored.id,
        cursor: stored.cursor.to_string(),
        occurred_at: Micros(stored.occurred_at),
        data,
    })
}

/// A message about the feed itself. The cursor stands where events have theirs, and in the data as API.md says.
fn about_feed(kind: &'static str, cursor: i64, heartbeat_seconds: Option<u64>) -> Bytes {
    #[derive(Serialize)]
    struct At {
        r#type: &'static str,
        cursor: String,
        data: Data,
    }
    #[derive(Serialize)]
    struct Data {
        cursor: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        heartbeat_seconds: Option<u64>,
    }
    let cursor = cursor.to_string();
    json(&At { r#type: kind, data: Data { cursor: cursor.clone(), heartbeat_seconds }, cursor })
}

/// The first message: where the client stands.
pub(super) fn hello(cursor: i64, heartbeat_seconds: u64) -> Bytes {
    about_feed("hello", cursor, Some(heartbeat_seconds.max(1)))
}

/// How far the feed has come.
pub(super) fn heartbeat(cursor: i64) -> Bytes {
    about_feed("heartbeat", cursor, None)
}

/// What lies before this cursor is not there any more: fetch anew.
pub(super) fn reset(cursor: i64) -> Bytes {
    about_feed("reset", cursor, None)
}

/// The answer to a client's `ping`.
pub(super) fn pong() -> Bytes {
    frame(TEXT, br#"{"type":"pong"}"#)
}

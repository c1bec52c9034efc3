//! What clients send: an incremental reader of masked frames (RFC 6455), without a buffer of its own while it is idle.

use super::Code;
use super::frame::{BINARY, CLOSE, PING, PONG, TEXT};

/// A client has little to say.
const MOST: usize = 4096;

/// Something a client said.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Inbound {
    Text(String),
    Ping(Vec<u8>),
    Close,
}

/// The bytes that are no whole message yet.
#[derive(Default)]
pub(super) struct Reader {
    bytes: Vec<u8>,
    /// A message that comes in several frames.
    fragments: Option<Vec<u8>>,
}

struct Head {
    fin: bool,
    opcode: u8,
    mask: [u8; 4],
    at: usize,
    length: usize,
}

impl Reader {
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// The next whole message, or none yet, or why the socket is to be closed.
    pub(super) fn next(&mut self) -> Result<Option<Inbound>, Code> {
        loop {
            let Some(head) = head(&self.bytes)? else {
                if self.bytes.is_empty() {
                    self.bytes = Vec::new();
                }
                return Ok(None);
            };
            let Some(payload) = self.bytes.get(head.at..head.at + head.length) else { return Ok(None) };
            let payload: Vec<u8> =
                payload.iter().zip(head.mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect();
            self.bytes.drain(..head.at + head.length);
            if let Some(said) = self.said(&head, payload)? {
                return Ok(Some(said));
            }
        }
    }

    fn said(&mut self, head: &Head, payload: Vec<u8>) -> Result<Option<Inbound>, Code> {
        let whole = match (head.opcode, self.fragments.take()) {
            (CLOSE, _) => return Ok(Some(Inbound::Close)),
            (PING, fragments) => {
                self.fragments = fragments;
                return Ok(Some(Inbound::Ping(payload)));
            }
            (PONG, fragments) => {
                self.fragments = fragments;
                return Ok(None);
            }
            (TEXT, None) => payload,
            (0, Some(mut begun)) => {
                begun.extend_from_slice(&payload);
                begun
            }
            (BINARY, None) => return Err(Code::NotText),
            _ => return Err(Code::Protocol),
        };
        if whole.len() > MOST {
            return Err(Code::TooBig);
        }
        if !head.fin {
            self.fragments = Some(whole);
            return Ok(None);
        }
        String::from_utf8(whole).map(|text| Some(Inbound::Text(text))).map_err(|_| Code::BadText)
    }
}

fn head(bytes: &[u8]) -> Result<Option<Head>, Code> {
    let [first, second, rest @ ..] = bytes else { return Ok(None) };
    let (fin, opcode) = (first & 0x80 != 0, first & 0x0f);
    let is_control = opcode >= 8;
    // No extension was agreed on, and clients mask.
    if first & 0x70 != 0 || second & 0x80 == 0 || (is_control && !fin) {
        return Err(Code::Protocol);
    }
    let (length, at) = match second & 0x7f {
        126 => match rest {
            [a, b, ..] => (usize::from(u16::from_be_bytes([*a, *b])), 4),
            _ => return Ok(None),
        },
        127 => return Err(Code::TooBig),
        short => (usize::from(short), 2),
    };
    if is_control && length > 125 {
        return Err(Code::Protocol);
    }
    if length > MOST {
        return Err(Code::TooBig);
    }
    let mask = bytes.get(at..at + 4).and_then(|mask| mask.try_into().ok());
    Ok(mask.map(|mask| Head { fin, opcode, mask, at: at + 4, length }))
}

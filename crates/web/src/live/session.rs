//! A socket's own task: catches up, writes on what waits, hears what the client says, ends.

use super::inbound::{Inbound, Reader};
use super::pump::{PAGE, compose};
use super::room::{Joined, Room};
use super::socket::{Duty, Socket};
use super::{Code, frame};
use crate::app::App;
use bytes::Bytes;
use engine::notification::MarkRead;
use engine::{By, Failure, Scope};
use model::NotificationId;
use serde::Deserialize;
use std::io::ErrorKind;
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::outbox::event_list;

/// How long a client may take to answer a close frame.
const LINGER: Duration = Duration::from_secs(5);
/// The same for one that has stopped reading: it may yet learn why.
const LINGER_STALLED: Duration = Duration::from_secs(10);
/// A pause when the database does not answer.
const AGAIN: Duration = Duration::from_millis(250);
/// Bytes of caught-up events that are written at a time.
const PIECE: usize = 64 * 1024;

/// What a client may say.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum ClientMessage {
    Ping,
    /// A notification was read.
    Read {
        notification_id: NotificationId,
    },
}

pub(super) struct Session {
    pub(super) app: App,
    pub(super) room: Arc<Room>,
    pub(super) socket: Arc<Socket>,
    /// The rights were looked up under this count.
    pub(super) access: i64,
    pub(super) reader: Reader,
}

impl Session {
    /// Until the socket is closed, by whoever.
    pub(super) async fn run(mut self) {
        self.app.metrics().socket_opened();
        let mut joined = false;
        let stall = self.app.hub().options.stall;
        loop {
            self.hear().await;
            let until = match self.socket.duty() {
                Duty::End => break,
                Duty::CatchUp(cursor) => {
                    if std::mem::take(&mut joined) {
                        self.room.leave(&self.socket);
                    }
                    // In a box: while the socket listens, as it mostly does, this takes no memory.
                    match Box::pin(self.catch_up(cursor)).await {
                        Ok(is_in) => joined = is_in,
                        Err(error) => {
                            tracing::warn!(%error, "a socket waits for the database");
                            tokio::time::sleep(AGAIN).await;
                        }
                    }
                    continue;
                }
                Duty::Listen => None,
                Duty::Write(since) if since.elapsed() >= stall => {
                    self.app.metrics().socket_stalled();
                    self.socket.close(Code::Stalled);
                    continue;
                }
                Duty::Write(since) => Some(since + stall),
                Duty::Close(code, since) => {
                    let linger = if code == Code::Stalled { LINGER_STALLED } else { LINGER };
                    if since.elapsed() >= linger {
                        break;
                    }
                    Some(since + linger)
                }
            };
            self.wait(until).await;
        }
        self.app.metrics().socket_closed();
        self.app.hub().leave(&self.room, &self.socket);
    }

    /// Until something happens.
    async fn wait(&self, until: Option<Instant>) {
        let socket = &self.socket;
        let waits = socket.waits();
        tokio::select! {
            () = socket.work.notified() => {}
            readable = socket.stream.readable() => if readable.is_err() {
                socket.end();
            },
            writable = socket.stream.writable(), if waits => match writable {
                Ok(()) => socket.flush(),
                Err(_) => socket.end(),
            },
            () = tokio::time::sleep_until(until.unwrap_or_else(Instant::now).into()), if until.is_some() => {}
        }
    }

    /// A step on the way to where the room is; whether it is in.
    async fn catch_up(&mut self, cursor: i64) -> Result<bool, Failure> {
        let known = *self.room.feed.borrow();
        if known.access > self.access {
            return self.look_up(known.access).await;
        }
        let events = event_list(self.app.reader(), self.room.org, cursor, PAGE).await?;
        let Some(first) = events.first() else {
            if known.cursor > cursor {
                self.socket.reset(known.cursor);
                return Ok(false);
            }
            return match self.room.join(&self.socket, self.access) {
                Joined::Yes => Ok(true),
                Joined::Behind => Ok(false),
                Joined::Rights => self.look_up(self.room.at().access).await,
            };
        };
        if first.cursor != cursor + 1 {
            self.socket.reset(known.cursor.max(first.cursor - 1));
            return Ok(false);
        }
        let frames: Vec<Bytes> = events.iter().map(frame::event).collect();
        let (mut begin, mut size) = (0, 0);
        for (end, frame) in (1..).zip(&frames) {
            size += frame.len();
            if size >= PIECE || end == frames.len() {
                let piece = compose(self.socket.view, &events[begin..end], &frames[begin..end], 0);
                self.socket.caught_up(piece, events[end - 1].cursor);
                if self.socket.waits() {
                    break;
                }
                (begin, size) = (end, 0);
            }
        }
        Ok(false)
    }

    async fn look_up(&mut self, access: i64) -> Result<bool, Failure> {
        match self.socket.identity.outdated(&self.app).await? {
            Some(code) => self.socket.close(code),
            None => self.access = access,
        }
        Ok(false)
    }

    /// Everything the client has said.
    async fn hear(&mut self) {
        loop {
            match self.take_in() {
                Ok(true) => {}
                Ok(false) => return,
                Err(()) => return self.socket.end(),
            }
            loop {
                match self.reader.next() {
                    Ok(Some(said)) => self.answer(said).await,
                    Ok(None) => break,
                    Err(code) => {
                        self.reader = Reader::default();
                        self.socket.close(code);
                        break;
                    }
                }
            }
        }
    }

    /// Reads what has come; whether anything has.
    fn take_in(&mut self) -> Result<bool, ()> {
        let mut bytes = [0; 1024];
        match self.socket.stream.try_read(&mut bytes) {
            Ok(0) => Err(()),
            Ok(read) => {
                self.reader.feed(&bytes[..read]);
                Ok(true)
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(false),
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(true),
            Err(_) => Err(()),
        }
    }

    async fn answer(&mut self, said: Inbound) {
        match said {
            Inbound::Close => {
                // The answer to ours, or the first: then ours is the answer.
                if !matches!(self.socket.duty(), Duty::Close(..)) {
                    self.socket.close(Code::Normal);
                }
                self.socket.end();
            }
            // Who is being sent away is waited for, not listened to.
            _ if matches!(self.socket.duty(), Duty::Close(..) | Duty::End) => {}
            Inbound::Ping(payload) => self.socket.send(frame::frame(frame::PONG, &payload)),
            Inbound::Text(text) => match serde_json::from_str(&text) {
                Ok(ClientMessage::Ping) => self.socket.send(frame::pong()),
                Ok(ClientMessage::Read { notification_id }) => self.mark_read(notification_id).await,
                Err(_) => self.socket.close(Code::BadText),
            },
        }
    }

    async fn mark_read(&self, notification: NotificationId) {
        let caller = &self.socket.identity.caller;
        let by = By { org: caller.org, actor: caller.user.to_string(), scope: Scope::Nothing };
        if let Err(error) = self.app.engine().run(&by, MarkRead { user: caller.user, notification }).await {
            tracing::debug!(%error, "a notification could not be marked as read");
        }
    }
}

//! One client's socket, as the room and its own task share it.

use super::identity::Identity;
use super::outbound::{Outbound, Sent};
use super::view::View;
use super::{Code, frame};
use bytes::Bytes;
use std::sync::{Mutex, MutexGuard};
use std::time::Instant;
use tokio::net::TcpStream;
use tokio::sync::Notify;

pub(super) struct Socket {
    pub(super) stream: TcpStream,
    pub(super) view: View,
    pub(super) identity: Box<Identity>,
    /// Wakes its task: something waits, it fell behind, or it is to be closed.
    pub(super) work: Notify,
    state: Mutex<State>,
}

struct State {
    outbound: Outbound,
    /// Every event up to here was sent, or is not for this socket.
    cursor: i64,
    /// In the room; otherwise its task reads the outbox.
    live: bool,
    closing: Option<(Code, Instant)>,
    broken: bool,
}

/// What the socket's task has to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Duty {
    /// Nothing but to listen.
    Listen,
    /// Write on; it waits since then.
    Write(Instant),
    /// Read the outbox behind this cursor.
    CatchUp(i64),
    /// The close frame is written or waits since then: give the client a while to answer.
    Close(Code, Instant),
    /// It is over.
    End,
}

/// A stretch of events: all behind one cursor up to another.
pub(super) struct Stretch {
    pub(super) before: i64,
    pub(super) last: i64,
}

impl Socket {
    pub(super) fn new(stream: TcpStream, view: View, identity: Identity, cursor: i64) -> Self {
        let state =
            State { outbound: Outbound::default(), cursor, live: false, closing: None, broken: false };
        Self { stream, view, identity: Box::new(identity), work: Notify::new(), state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every statement leaves the state whole.
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    pub(super) fn duty(&self) -> Duty {
        let state = self.state();
        match (&state.closing, state.outbound.waits_since()) {
            _ if state.broken => Duty::End,
            (Some((code, since)), _) => Duty::Close(*code, *since),
            (None, Some(since)) => Duty::Write(since),
            (None, None) if !state.live => Duty::CatchUp(state.cursor),
            (None, None) => Duty::Listen,
        }
    }

    /// Sends the room's events. `all` are those this socket sees, for a socket that stands right before the stretch;
    /// `some` picks for one that stands within. A socket without room for them leaves the room.
    pub(super) fn offer(&self, stretch: &Stretch, all: &Bytes, some: impl FnOnce(i64) -> Bytes) -> bool {
        let mut state = self.state();
        if !state.live || state.closing.is_some() || state.broken || state.cursor >= stretch.last {
            return false;
        }
        let frames = if state.cursor == stretch.before { all.clone() } else { some(state.cursor) };
        let sent = !frames.is_empty();
        if self.put(&mut state, frames) {
            state.cursor = stretch.last;
            sent
        } else {
            state.live = false;
            self.work.notify_one();
            false
        }
    }

    /// Sends events its own task has read, up to `cursor`.
    pub(super) fn caught_up(&self, frames: Bytes, cursor: i64) {
        let mut state = self.state();
        if state.closing.is_none() && self.put(&mut state, frames) {
            state.cursor = cursor;
        }
    }

    /// Sends something that is no event; left out if there is no room.
    pub(super) fn send(&self, frames: Bytes) {
        let mut state = self.state();
        if state.closing.is_none() {
            self.put(&mut state, frames);
        }
    }

    /// The same, to those in the room.
    pub(super) fn send_live(&self, frames: &Bytes) {
        let mut state = self.state();
        if state.live && state.closing.is_none() {
            self.put(&mut state, frames.clone());
        }
    }

    fn put(&self, state: &mut State, frames: Bytes) -> bool {
        if frames.is_empty() {
            return true;
        }
        match state.outbound.send(&self.stream, frames) {
            Sent::Written => true,
            Sent::Queued => {
                self.work.notify_one();
                true
            }
            Sent::Full => false,
            Sent::Broken => {
                state.broken = true;
                self.work.notify_one();
                true
            }
        }
    }

    /// Goes on writing what waits.
    pub(super) fn flush(&self) {
        let mut state = self.state();
        if state.outbound.flush(&self.stream) == Sent::Broken {
            state.broken = true;
        }
    }

    /// Begins to close it, once.
    pub(super) fn close(&self, code: Code) {
        let mut state = self.state();
        if state.closing.is_none() {
            state.closing = Some((code, Instant::now()));
            state.live = false;
            state.outbound.close(&self.stream, code);
            self.work.notify_one();
        }
    }

    /// The connection is gone, or the client has said its last.
    pub(super) fn end(&self) {
        let mut state = self.state();
        state.broken = true;
        state.live = false;
    }

    /// Something is still to be written.
    pub(super) fn waits(&self) -> bool {
        !self.state().outbound.is_empty()
    }

    /// In the room from now on, if it stands where the room stands or further.
    pub(super) fn join_at(&self, cursor: i64) -> bool {
        let mut state = self.state();
        state.live = state.cursor >= cursor && state.closing.is_none() && !state.broken;
        state.live
    }

    /// Stands here now: what lies before is not there any more.
    pub(super) fn reset(&self, cursor: i64) {
        let mut state = self.state();
        if state.closing.is_none() {
            state.cursor = cursor;
            self.put(&mut state, frame::reset(cursor));
        }
    }
}

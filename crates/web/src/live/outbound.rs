//! What waits to be sent on one socket: written at once where the system takes it, bounded where it does not.

use super::{Code, frame};
use bytes::{Buf, Bytes};
use std::collections::VecDeque;
use std::io::ErrorKind;
use std::time::Instant;
use tokio::net::TcpStream;

/// Bytes that may wait in a socket's queue. Who is further behind reads the outbox at its own speed.
const MOST: usize = 256 * 1024;

/// What became of something that was to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sent {
    /// The system has it.
    Written,
    /// It waits.
    Queued,
    /// There was no room; nothing of it was taken.
    Full,
    /// The connection is broken.
    Broken,
}

/// The sending half of a socket.
#[derive(Default)]
pub(super) struct Outbound {
    queue: VecDeque<Bytes>,
    queued: usize,
    /// Bytes of the first in the queue that were written.
    written: usize,
    /// Since when the first in the queue waits.
    waits_since: Option<Instant>,
}

impl Outbound {
    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    pub(super) fn waits_since(&self) -> Option<Instant> {
        self.waits_since
    }

    /// Whole frames.
    pub(super) fn send(&mut self, stream: &TcpStream, frames: Bytes) -> Sent {
        if !self.queue.is_empty() {
            if self.queued + frames.len() > MOST {
                return Sent::Full;
            }
            self.queued += frames.len();
            self.queue.push_back(frames);
            return Sent::Queued;
        }
        match write(stream, &frames, 0) {
            Err(()) => Sent::Broken,
            Ok(written) if written == frames.len() => Sent::Written,
            Ok(written) => {
                (self.written, self.queued) = (written, frames.len() - written);
                self.queue.push_back(frames);
                self.waits_since = Some(Instant::now());
                Sent::Queued
            }
        }
    }

    /// Writes on what waits.
    pub(super) fn flush(&mut self, stream: &TcpStream) -> Sent {
        while let Some(first) = self.queue.front() {
            match write(stream, first, self.written) {
                Err(()) => return Sent::Broken,
                Ok(written) if written < first.len() => {
                    self.queued -= written - self.written;
                    self.written = written;
                    return Sent::Queued;
                }
                Ok(written) => {
                    self.queued -= written - self.written;
                    self.written = 0;
                    self.queue.pop_front();
                    self.waits_since = Some(Instant::now());
                }
            }
        }
        self.waits_since = None;
        self.queue = VecDeque::new();
        Sent::Written
    }

    /// The last frame: what waits before it goes first; of a reader that stalled, only the frame that was begun.
    pub(super) fn close(&mut self, stream: &TcpStream, code: Code) {
        if code == Code::Stalled {
            self.forget();
        }
        let last = frame::close(code);
        self.queued += last.len();
        self.queue.push_back(last);
        // Whether it was broken is seen by whoever reads.
        let _ = self.flush(stream);
    }

    fn forget(&mut self) {
        let Some(first) = self.queue.front().cloned() else { return };
        self.queue.clear();
        let mut end = 0;
        while end < self.written {
            end += frame::length(&first[end..]);
        }
        let mut begun = first.slice(..end.min(first.len()));
        begun.advance(self.written);
        (self.written, self.queued) = (0, begun.len());
        if !begun.is_empty() {
            self.queue.push_back(begun);
        }
    }
}

/// Writes from `at` on what the system takes; where it stopped.
fn write(stream: &TcpStream, bytes: &[u8], mut at: usize) -> Result<usize, ()> {
    while at < bytes.len() {
        match stream.try_write(&bytes[at..]) {
            Ok(0) => return Err(()),
            Ok(written) => at += written,
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return Err(()),
        }
    }
    Ok(at)
}

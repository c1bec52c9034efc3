//! Every socket of this process, and the rooms they are in.

use super::pump;
use super::room::Room;
use super::socket::Socket;
use super::{Code, LiveOptions};
use crate::app::App;
use engine::feed::Standing;
use model::OrgId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// How long clients may take to answer the last frame of a server that stops.
const FAREWELL: Duration = Duration::from_secs(2);

pub(crate) struct Hub {
    pub(super) options: LiveOptions,
    rooms: Mutex<Rooms>,
    /// All sockets have ended.
    empty: tokio::sync::Notify,
}

#[derive(Default)]
struct Rooms {
    rooms: HashMap<OrgId, (Arc<Room>, usize)>,
    sockets: HashMap<usize, Arc<Socket>>,
    stopping: bool,
}

impl Hub {
    pub(crate) fn new(options: LiveOptions) -> Self {
        Self { options, rooms: Mutex::default(), empty: tokio::sync::Notify::new() }
    }

    fn rooms(&self) -> MutexGuard<'_, Rooms> {
        // Every statement leaves the maps whole.
        self.rooms.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Counts a socket in; its organisation's room, opened if it is the first. `None`: the server stops.
    pub(super) fn enter(
        &self,
        app: &App,
        org: OrgId,
        feed: watch::Receiver<Standing>,
        socket: &Arc<Socket>,
    ) -> Option<Arc<Room>> {
        let mut all = self.rooms();
        if all.stopping {
            return None;
        }
        all.sockets.insert(Arc::as_ptr(socket) as usize, socket.clone());
        let (room, sockets) = all.rooms.entry(org).or_insert_with(|| {
            let room = Arc::new(Room::new(org, feed));
            tokio::spawn(run(app.clone(), room.clone(), room.closed.clone()));
            (room, 0)
        });
        *sockets += 1;
        Some(room.clone())
    }

    /// Counts a socket out; the last closes the room.
    pub(super) fn leave(&self, room: &Arc<Room>, socket: &Arc<Socket>) {
        room.leave(socket);
        let mut all = self.rooms();
        all.sockets.remove(&(Arc::as_ptr(socket) as usize));
        if let Some((_, sockets)) = all.rooms.get_mut(&room.org) {
            *sockets -= 1;
            if *sockets == 0 {
                all.rooms.remove(&room.org);
                room.closed.cancel();
            }
        }
        if all.sockets.is_empty() {
            self.empty.notify_waiters();
        }
    }

    /// Sends everybody away: the server stops.
    pub(crate) async fn stop(&self) {
        let emptied = self.empty.notified();
        let sockets: Vec<Arc<Socket>> = {
            let mut all = self.rooms();
            all.stopping = true;
            all.sockets.values().cloned().collect()
        };
        if sockets.is_empty() {
            return;
        }
        tracing::info!(sockets = sockets.len(), "stopping: sockets are told to come back");
        sockets.iter().for_each(|socket| socket.close(Code::Restart));
        drop(sockets);
        // Who does not answer is cut off.
        let _ = tokio::time::timeout(FAREWELL, emptied).await;
    }
}

async fn run(app: App, room: Arc<Room>, closed: CancellationToken) {
    tokio::select! {
        () = closed.cancelled() => {}
        () = pump::run(&app, &room) => {}
    }
}

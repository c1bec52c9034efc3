//! A room: the sockets of one organisation that are where its feed is.

use super::socket::Socket;
use engine::feed::Standing;
use model::OrgId;
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

pub(super) struct Room {
    pub(super) org: OrgId,
    pub(super) feed: watch::Receiver<Standing>,
    /// Ends the pump.
    pub(super) closed: CancellationToken,
    inside: Mutex<Inside>,
}

struct Inside {
    /// Copied only if somebody comes or goes while the pump is sending.
    members: Arc<Vec<Arc<Socket>>>,
    /// How far the pump has come, and under which rights.
    at: Standing,
}

/// Whether a socket got in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Joined {
    Yes,
    /// The room is further by now.
    Behind,
    /// Rights have changed since the socket's were looked up.
    Rights,
}

impl Room {
    pub(super) fn new(org: OrgId, feed: watch::Receiver<Standing>) -> Self {
        let at = *feed.borrow();
        let inside = Mutex::new(Inside { members: Arc::default(), at });
        Self { org, feed, closed: CancellationToken::new(), inside }
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        // Every statement leaves it whole.
        self.inside.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    pub(super) fn at(&self) -> Standing {
        self.inside().at
    }

    /// Lets a socket in whose rights were looked up under `access`.
    pub(super) fn join(&self, socket: &Arc<Socket>, access: i64) -> Joined {
        let mut inside = self.inside();
        if access < inside.at.access {
            return Joined::Rights;
        }
        if !socket.join_at(inside.at.cursor) {
            return Joined::Behind;
        }
        Arc::make_mut(&mut inside.members).push(socket.clone());
        Joined::Yes
    }

    pub(super) fn leave(&self, socket: &Arc<Socket>) {
        let mut inside = self.inside();
        if let Some(place) = inside.members.iter().position(|member| Arc::ptr_eq(member, socket)) {
            Arc::make_mut(&mut inside.members).swap_remove(place);
        }
    }

    pub(super) fn members(&self) -> Arc<Vec<Arc<Socket>>> {
        self.inside().members.clone()
    }

    /// The pump will have sent everything up to `cursor` to these; who joins from now on has read it already.
    pub(super) fn advance(&self, cursor: i64) -> Arc<Vec<Arc<Socket>>> {
        let mut inside = self.inside();
        inside.at.cursor = cursor;
        inside.members.clone()
    }

    /// The pump looks the rights of these up anew; who joins from now on has to have done so itself.
    pub(super) fn rights_changed(&self, access: i64) -> Arc<Vec<Arc<Socket>>> {
        let mut inside = self.inside();
        inside.at.access = access;
        inside.members.clone()
    }
}

//! Who sees what: one event against one socket's rights.

use crate::rights::{Class, Reach, reach};
use model::UserId;
use store::outbox::StoredEvent;
use store::user::Caller;

/// Which of the two sockets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Channel {
    Leads,
    Notifications,
}

/// What a socket may see. Fixed for its life: whose rights change has to come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum View {
    /// Everything about leads.
    All,
    /// What is given to or taken from this agent, and how its leads move.
    Agent(i64),
    /// What is addressed to this user.
    User(UserId),
    Nothing,
}

impl View {
    pub(super) fn of(channel: Channel, caller: &Caller) -> Self {
        if channel == Channel::Notifications {
            return Self::User(caller.user);
        }
        match (reach(caller.role, Class::Leads), caller.agent_no) {
            (Reach::All, _) => Self::All,
            (Reach::Own, Some(agent_no)) => Self::Agent(agent_no),
            (Reach::Own | Reach::None, _) => Self::Nothing,
        }
    }

    pub(super) fn sees(self, event: &StoredEvent) -> bool {
        match (self, event.user) {
            (Self::User(user), for_user) => for_user == Some(user),
            (_, Some(_)) => false,
            (Self::All, None) => true,
            (Self::Agent(own), None) => {
                event.agent_no == Some(own) && matches!(&*event.kind, "lead_assigned" | "lead_status_changed")
            }
            (Self::Nothing, None) => false,
        }
    }
}

//! Notices: what a command wants people to be told, in the transaction of what caused it.
//!
//! A command says so to its [`Batch`]; at the end of the transaction the notices become rows, counts and events
//! together ([`write`]). A notice never holds contact data: uids, sources and counts only.

mod write;

pub(crate) use write::write;

use crate::batch::Batch;
use model::{LeadId, NotificationKind, OrgId, UserId};
use uuid::Uuid;

/// Something somebody is to be told.
#[derive(Debug, Clone)]
pub(crate) struct Notice {
    pub(crate) org: OrgId,
    pub(crate) to: To,
    pub(crate) what: What,
}

/// Whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum To {
    User(UserId),
    /// Every active admin and manager.
    Staff,
}

/// What.
#[derive(Debug, Clone)]
pub(crate) enum What {
    /// A lead was given to the person.
    Lead { id: LeadId, lead_no: i64, source: String },
    /// Many were, in one batch; the next part of the batch counts on.
    Leads { batch: Uuid, count: i64, source: String },
    /// Anything else, in words.
    Said { kind: NotificationKind, title: String, message: String },
}

impl Batch<'_> {
    /// Has somebody told at the end of this transaction.
    pub(crate) fn notify(&mut self, org: OrgId, to: To, what: What) {
        self.notices.push(Notice { org, to, what });
    }
}

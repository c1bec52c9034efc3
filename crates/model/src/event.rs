//! Events: committed facts, as the outbox stores them and the sockets send them. Never contact data.

use crate::import::ImportCounts;
use crate::{AgentId, BatchId, ImportId, LeadId, NotificationId, Status, Urgency};
use serde::Serialize;

/// What happened, with the `data` object of the wire format in API.md.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Event {
    /// A lead came in by API or form.
    LeadCreated {
        /// Its id.
        lead_id: LeadId,
        /// One line.
        title: Option<String>,
        /// In full.
        description: Option<String>,
        /// Category.
        category: Option<String>,
        /// Where: city and suburb only.
        location: Place,
        /// How soon.
        urgency: Urgency,
        /// Price in credits, once the marketplace exists.
        price: Option<String>,
        /// 0–1, once scoring exists.
        score: Option<f64>,
    },
    /// One lead, or a batch of them, was given to one agent.
    LeadAssigned {
        /// A single lead.
        #[serde(skip_serializing_if = "Option::is_none")]
        lead_id: Option<LeadId>,
        /// At most 100 of a batch.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        lead_ids: Vec<LeadId>,
        /// The source's name.
        source: String,
        /// To whom.
        agent_id: AgentId,
        /// By name.
        agent_name: String,
        /// How many leads.
        count: u64,
        /// Which batch.
        batch_id: Option<BatchId>,
        /// How the agent was chosen.
        method: &'static str,
    },
    /// A lead moved.
    LeadStatusChanged {
        /// Which.
        lead_id: LeadId,
        /// From.
        from: Status,
        /// To.
        to: Status,
        /// Who works it.
        agent_id: Option<AgentId>,
        /// Why it moved.
        why: String,
    },
    /// An import went on.
    ImportProgress {
        /// Which.
        import_id: ImportId,
        /// Where it stands.
        state: &'static str,
        /// Counts so far.
        #[serde(flatten)]
        counts: ImportCounts,
        /// Bytes of the file read so far.
        bytes_read: u64,
        /// Size of the file in bytes.
        bytes_total: u64,
    },
    /// A provider claimed a lead; once the marketplace exists.
    LeadClaimed {
        /// Which.
        lead_id: LeadId,
        /// Claims there are.
        current_claims: u64,
        /// Claims there may be.
        max_claims: u64,
        /// Whether it can still be claimed.
        available: bool,
    },
    /// Somebody changed a setting: what other people see of it is old.
    SettingsChanged {
        /// What kind of thing: `source`, `pool`, `agent`, `user`, `token`, `organization`, `webhook_endpoint`.
        area: &'static str,
        /// Which, as the edges name it.
        id: String,
    },
    /// To one user: a lead for them.
    LeadAlert {
        /// The notification that keeps it.
        notification_id: NotificationId,
        /// The lead.
        lead_id: LeadId,
        /// One line.
        title: String,
        /// In full, without contact data.
        message: String,
        /// 0–1, once scoring exists.
        compatibility_score: Option<f64>,
    },
    /// To one user: something they should know.
    NotificationMessage {
        /// The notification that keeps it.
        notification_id: NotificationId,
        /// One line.
        title: String,
        /// In full, without contact data.
        message: String,
        /// The user's unread notifications, this one included.
        unread_count: u64,
    },
    /// To one user: credits came or went; once the marketplace exists. Decimal strings.
    BalanceUpdated {
        /// After.
        new_balance: String,
        /// Before.
        previous_balance: String,
        /// The difference, with its sign.
        change: String,
        /// Why.
        reason: String,
    },
}

/// An event's data on its way into the outbox.
#[derive(Debug, Serialize)]
pub struct EventData<'a> {
    /// What happened.
    #[serde(flatten)]
    pub event: &'a Event,
    /// Sent to try things out; nothing happened. Written only when it is so.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub test: bool,
}

/// The part of a location that events may carry.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Place {
    /// City or town.
    pub city: Option<String>,
    /// Suburb.
    pub suburb: Option<String>,
}

impl Event {
    /// The wire name of the event's type.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::LeadCreated { .. } => "lead_created",
            Self::LeadAssigned { .. } => "lead_assigned",
            Self::LeadStatusChanged { .. } => "lead_status_changed",
            Self::ImportProgress { .. } => "import_progress",
            Self::LeadClaimed { .. } => "lead_claimed",
            Self::SettingsChanged { .. } => "settings_changed",
            Self::LeadAlert { .. } => "lead_alert",
            Self::NotificationMessage { .. } => "notification_message",
            Self::BalanceUpdated { .. } => "balance_updated",
        }
    }
}

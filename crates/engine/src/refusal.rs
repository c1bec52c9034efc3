//! Refusals: decided answers that are not what was asked for. A refusal has changed nothing.

use model::Status;

/// Why a command was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It does not exist for this caller.
    #[error("no such {0}")]
    NotFound(&'static str),
    /// The named source does not exist.
    #[error("no source is called {0:?}: create it first, or import a file into it")]
    UnknownSource(String),
    /// The source takes no leads.
    #[error("the source is deactivated and takes no leads")]
    SourceInactive,
    /// A name or e-mail that is unique is in use.
    #[error("{0}")]
    Taken(String),
    /// It cannot be removed because something depends on it.
    #[error("{0}")]
    InUse(String),
    /// A status that cannot follow the present one.
    #[error("a lead that is {from} cannot become {to}")]
    MoveNotAllowed {
        /// Where the lead stands.
        from: Status,
        /// Where it was to go.
        to: Status,
    },
    /// There is nobody to hand it back.
    #[error("the lead is not assigned to anybody")]
    NotAssigned,
    /// Final leads are not given out or back.
    #[error("the lead is {0}, which is final")]
    Final(Status),
    /// It has the lead already.
    #[error("the agent has this lead already")]
    AlreadyTheirs,
    /// Deactivated agents get nothing.
    #[error("the agent is deactivated")]
    AgentInactive,
    /// The lead is not as the caller last saw it.
    #[error("somebody changed this lead meanwhile")]
    LeadMoved,
    /// A field is wrong.
    #[error("{message}")]
    Invalid {
        /// Which.
        field: &'static str,
        /// Why.
        message: String,
    },
    /// The source has no configuration to run or delete.
    #[error("auto-assign is not configured for this source")]
    NotConfigured,
    /// Somebody else saved the configuration since it was read.
    #[error("the configuration was changed meanwhile: it is at version {0} now")]
    ChangedMeanwhile(i64),
    /// An `Idempotency-Key` came back with another request.
    #[error("this Idempotency-Key was used for another request")]
    KeyReused,
    /// Nothing is sent to an endpoint that is switched off.
    #[error("the endpoint is switched off: switch it on first")]
    EndpointOff,
    /// The outbox keeps events for 7 days.
    #[error("the event is older than 7 days and was removed: it cannot be sent again")]
    EventGone,
    /// The last admin of an organisation.
    #[error("an organisation needs at least one active admin")]
    LastAdmin,
    /// The upload is no list of leads.
    #[error("{0}")]
    BadFile(String),
    /// The upload is over a cap.
    #[error("{0}")]
    TooLarge(String),
    /// The e-mail is not known, the password is wrong, or the user may not come in: never told apart.
    #[error("the e-mail or the password is wrong")]
    WrongPassword,
    /// Too many tries.
    #[error("too many tries: wait {seconds} seconds, or ask for a sign-in link")]
    TooMany {
        /// Until the next may be made.
        seconds: i64,
    },
    /// A one-time link was used, is too old, or never was one.
    #[error("this link has been used or is too old: ask for a new one")]
    LinkSpent,
    /// Only a session can do this, and the caller has none.
    #[error("this is for people who are signed in, not for tokens")]
    NoSession,
}

impl Refusal {
    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "not_found",
            Self::UnknownSource(_) => "unknown_source",
            Self::SourceInactive => "source_inactive",
            Self::Taken(_) => "taken",
            Self::InUse(_) => "in_use",
            Self::MoveNotAllowed { .. } => "move_not_allowed",
            Self::NotAssigned => "not_assigned",
            Self::Final(_) => "final",
            Self::AlreadyTheirs => "already_theirs",
            Self::AgentInactive => "agent_inactive",
            Self::LeadMoved => "lead_moved",
            Self::Invalid { .. } => "invalid",
            Self::NotConfigured => "not_configured",
            Self::ChangedMeanwhile(_) => "changed_meanwhile",
            Self::KeyReused => "idempotency_key_reused",
            Self::EndpointOff => "endpoint_off",
            Self::EventGone => "event_gone",
            Self::LastAdmin => "last_admin",
            Self::BadFile(_) => "bad_file",
            Self::TooLarge(_) => "too_large",
            Self::WrongPassword => "wrong_password",
            Self::TooMany { .. } => "too_many",
            Self::LinkSpent => "link_spent",
            Self::NoSession => "no_session",
        }
    }
}

//! Where a lead stands: one machine for push, offer and dial. `docs/state-machine.md` draws it.

use crate::words;

words! {
    /// A lead's status; never empty.
    Status, "status" {
        /// Nobody works it yet.
        New = "new",
        /// Assigned, untouched.
        Pending = "pending",
        /// Somebody spoke with the person.
        Contacted = "contacted",
        /// The person asked to be called at a given time.
        Callback = "callback",
        /// Rang out.
        NoAnswer = "no_answer",
        /// Line busy.
        Busy = "busy",
        /// The call could not be placed.
        Failed = "failed",
        /// Answered, then nobody was free.
        Dropped = "dropped",
        /// The network was congested.
        Congestion = "congestion",
        /// A machine answered.
        Voicemail = "voicemail",
        /// Final: bought.
        Sale = "sale",
        /// Final: declined.
        NotInterested = "not_interested",
        /// Final: must not be called.
        Dnc = "dnc",
        /// Final: not a reachable person.
        Invalid = "invalid",
        /// Final: every allowed attempt was made.
        Exhausted = "exhausted",
    }
}

impl Status {
    /// Nothing more is done with the lead.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Sale | Self::NotInterested | Self::Dnc | Self::Invalid | Self::Exhausted)
    }

    /// A status that a person or a dialer reports after working the lead.
    pub const fn is_disposition(self) -> bool {
        !matches!(self, Self::New | Self::Pending)
    }

    /// Whether work may move a lead from `self` to `to`. Staying where it is, is allowed for every disposition
    /// (a second unanswered call). A final lead stays final, except that a person may correct one final
    /// status into another final one.
    pub const fn may_become(self, to: Self) -> bool {
        match (self, to) {
            // Assignment makes a new lead pending; a hand-back makes a pending one new.
            (Self::New, Self::Pending) | (Self::Pending, Self::New) => true,
            (_, Self::New | Self::Pending) => false,
            (from, to) if from.is_final() => to.is_final(),
            _ => true,
        }
    }
}

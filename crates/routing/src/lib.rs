//! Which agent gets a lead, and why.
//!
//! What belongs here: eligibility, the three policies, exact credits, replay of a stored decision, simulation.
//! What never will: SQL, IO of its own, a clock (`now` is an argument), randomness.
//!
//! The way of a batch: [`Roster::new`] works out once who could take a lead at all, a [`Desk`] per pool then gives
//! leads out one after another in memory; every step takes the next sequence number of its pool.

#![warn(missing_docs)]

pub mod checkpoint;
pub mod configure;
pub mod decide;
pub mod desk;
pub mod explanation;
mod fair;
mod fewest;
pub mod manual;
pub mod readiness;
pub mod replay;
pub mod roster;
pub mod shares;
pub mod summary;
pub mod trace;
mod turns;
pub mod verdict;
pub mod waiting;
pub mod what_if;

pub use checkpoint::{CHECKPOINT_EVERY, Checkpoint, CheckpointError};
pub use configure::{Reconfigured, reconfigure};
pub use decide::{Pick, Rule, decide};
pub use desk::Desk;
pub use explanation::{Explanation, MemberExplanation};
pub use manual::{HandedBack, ManualPick, hand_back, manual_pick};
pub use readiness::{local_day, next_change, readiness};
pub use replay::{ConfigMember, ConfigVersion, ReplayMismatch, Replayer, Step, replay};
pub use roster::Roster;
pub use shares::{Dealer, Shares};
pub use summary::{
    Balance, Spread, SpreadVerdict, balance, lagging, next_order, next_picks, odd_leads, spread,
};
pub use trace::{TraceError, TraceSummary, run_trace};
pub use verdict::{Verdict, verdict};
pub use waiting::{ReasonCount, WaitingExplanation, WaitingMember, explain_waiting};
pub use what_if::{DraftMember, RecordedLead, WhatIf, what_if};

/// The version of the rules in this crate, stored with every assignment; older rules stay while assignments name them.
pub const RULE_VERSION: i64 = 1;

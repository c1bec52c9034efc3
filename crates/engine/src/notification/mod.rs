//! Notifications as people use them: read, chosen, tried out; and what a job finds to tell the staff.

mod personal;
mod trial;
mod waiting;

pub(crate) use personal::PruneNotifications;
pub use personal::{MarkAllRead, MarkRead, SetPreferences};
pub use trial::{SendTrial, Trial};
pub(crate) use waiting::tell_waiting;

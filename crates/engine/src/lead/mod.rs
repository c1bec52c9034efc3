//! Leads: creating them, working them.

pub mod create;
pub mod duplicates;
pub mod work;

//! Giving leads out: pools at work in a transaction, backlogs, configurations, explanations.

pub mod backlog;
pub mod config;
mod desks;
pub mod distribution;
pub mod explain;
mod history;
pub mod simulate;

pub(crate) use desks::{Desks, Given, How, Standing};
pub(crate) use history::History;

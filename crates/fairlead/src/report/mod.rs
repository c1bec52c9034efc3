//! What people read: pure functions from facts to text. No database, no clock, no writing.

pub(crate) mod check;
pub(crate) mod demo;
pub(crate) mod facts;
pub(crate) mod import;
pub(crate) mod monitor;
pub(crate) mod order;
pub(crate) mod run;
pub(crate) mod spread;
pub(crate) mod what_if;

pub(crate) use facts::{Member, SourceFacts};

//! All SQL of Fairlead: SQLite and PostgreSQL, migrations, the outbox.
//!
//! What belongs here: statements, one module per aggregate, noun-first names. What never will: a rule that chooses
//! something. One SQL text serves both databases wherever it can; a hot recorder has two forms side by side
//! (prepared statements a row on SQLite, one set-based statement on PostgreSQL).

#![warn(missing_docs)]

pub mod agent;
pub mod assignment;
pub mod audit;
pub mod check;
pub mod checkpoint;
mod error;
pub mod feed;
pub mod flow;
pub mod idempotency;
pub mod import;
pub mod job;
pub mod lead;
pub mod lead_list;
mod log;
pub mod mail;
pub mod migrate;
pub mod notification;
pub mod one_time_link;
mod open;
pub mod organization;
pub mod outbox;
pub mod pool;
pub mod segment;
pub mod session;
pub mod source;
pub mod stats;
mod term;
pub mod ticket;
mod tx;
pub mod upload;
pub mod user;
mod value;
pub mod webhook;

pub use error::{Error, Result};
pub use log::Log;
pub use open::{Dialect, Query, Reader, Target, Writer};
pub use tx::Tx;
pub use value::{Column, Row};

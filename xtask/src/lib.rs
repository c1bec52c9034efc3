//! What the developer's commands and the bench share: a throw-away PostgreSQL.
//!
//! Nothing of the product belongs here, and nothing here is shipped.
#![expect(clippy::print_stdout, reason = "a developer's command talks to a person")]

pub mod install;
pub mod postgres;

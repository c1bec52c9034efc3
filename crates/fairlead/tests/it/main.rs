//! The program from the outside: the real binary on a real database, spoken to as its users speak to it.
//!
//! What belongs here: whatever the command line and the HTTP contract promise, on both databases, also after a
//! `kill -9`. What never will: calls into the crates. Most tests end with `fairlead check`, the universal oracle.

mod app;
mod browser;
mod cli;
mod client;
mod console_assign;
mod console_import;
mod console_leads;
mod console_office;
mod console_work;
mod crash;
mod database;
mod idempotency;
mod import;
mod input;
mod lead;
mod live;
mod live_rights;
mod mail_server;
mod nodes;
mod notification;
mod overview;
mod race;
mod rights;
mod search;
mod sign_in;
mod upload;
mod waiting;
mod webhook;
mod ws;

//! Signing in: sessions, one-time links, passwords, and what slows guessing down.

pub mod account;
pub mod link;
mod password;
pub mod session;
pub mod sign_in;
#[cfg(test)]
mod tests;
pub(crate) mod throttle;

pub use password::{hash_password, password_fault};
pub use throttle::Throttle;

use std::net::IpAddr;

/// From where somebody signs in.
#[derive(Debug, Clone, Default)]
pub struct Client {
    /// What the browser calls itself.
    pub agent: String,
    /// Its address, if it is known.
    pub address: Option<IpAddr>,
}

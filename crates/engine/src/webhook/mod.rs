//! Outgoing webhooks: endpoints, and events on their way to them.
//!
//! Events stay in the outbox. A worker turns them into deliveries, endpoint by endpoint and in order (`queue`),
//! sends what is due (`worker`) and records each attempt: nothing is lost when the process is killed, and what was
//! under way then is sent once more with the same id.

pub mod address;
mod endpoint;
mod queue;
pub mod schedule;
mod send;
pub mod sign;
mod worker;

pub use endpoint::{CreateEndpoint, DeleteEndpoint, RotateSecret, UpdateEndpoint};
pub(crate) use queue::PruneDeliveries;
pub use queue::{RetryDelivery, TestEndpoint};
pub(crate) use worker::{WEBHOOKS, deliver};

use crate::{Engine, Refusal};

/// How webhooks are sent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Also to addresses inside a network, and by plain http.
    pub allow_internal: bool,
    /// Multiplies every wait between two attempts.
    pub retry_scale: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { allow_internal: false, retry_scale: 1.0 }
    }
}

impl Engine {
    /// Whether an endpoint may have this URL; as it is stored then. Looks the name up, so that a mistake is told to
    /// whoever makes it; what counts is the same check at every connection.
    pub async fn webhook_url(&self, url: &str) -> Result<String, Refusal> {
        let allow = self.settings().webhooks.allow_internal;
        let refused = |why: &str| Refusal::Invalid { field: "url", message: why.to_owned() };
        let url = address::parse(url, allow).map_err(refused)?;
        let host = url.host_str().unwrap_or_default();
        let is_name = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>().is_err();
        if is_name {
            address::resolve(host, url.port_or_known_default().unwrap_or(443), allow)
                .await
                .map_err(refused)?;
        }
        Ok(url.to_string())
    }
}

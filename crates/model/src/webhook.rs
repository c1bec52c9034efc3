//! Outgoing webhooks: which events they tell, and how a delivery stands.

use crate::words;

words! {
    /// How the delivery of an event to an endpoint stands.
    DeliveryState, "delivery state" {
        /// It will be tried (again).
        Pending = "pending",
        /// The endpoint answered 2xx.
        Delivered = "delivered",
        /// Given up.
        Failed = "failed",
    }
}

/// The types of events endpoints may ask for. What concerns one person only is not among them.
pub const WEBHOOK_EVENTS: &[&str] =
    &["lead_created", "lead_claimed", "lead_assigned", "lead_status_changed", "import_progress"];

/// The type of the event that tests an endpoint.
pub const WEBHOOK_TEST: &str = "webhook_test";

//! What an installation decides for itself.

use crate::webhook;

/// How the engine behaves where installations differ.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Outgoing webhooks.
    pub webhooks: webhook::Settings,
}

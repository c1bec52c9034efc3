//! Notifications: an event brought to a person.

use crate::words;

words! {
    /// What a notification is about; a person says for each kind where it is told.
    NotificationKind, "kind of notification" {
        /// Leads were given to the person.
        LeadAssigned = "lead_assigned",
        /// An import is done or failed (staff).
        ImportFinished = "import_finished",
        /// Leads wait and nobody can take them (staff).
        LeadsWaiting = "leads_waiting",
        /// An endpoint was switched off (staff).
        WebhookDisabled = "webhook_disabled",
        /// Sent to see that notifications arrive.
        Test = "test",
    }
}

//! Who may do what: the roles.

use crate::words;

words! {
    /// What a user may do. The authorization matrix itself lives in `web`.
    Role, "role" {
        /// Everything in the organisation.
        Admin = "admin",
        /// Everything but users, tokens, the organisation and endpoints.
        Manager = "manager",
        /// Its own leads.
        Agent = "agent",
        /// Its own claims, once the marketplace exists.
        Provider = "provider",
    }
}

//! An organisation: a tenant.

use crate::words;

words! {
    /// What happens to a lead whose phone, e-mail or external id the organisation already has.
    DuplicatePolicy, "duplicate policy" {
        /// The existing lead is answered, nothing changes.
        Skip = "skip",
        /// Given fields are filled into the existing lead; never status or agent.
        Update = "update",
        /// Stored as a lead of its own that names the first.
        Keep = "keep",
    }
}

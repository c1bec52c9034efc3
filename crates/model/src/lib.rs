//! The vocabulary of Fairlead: ids, statuses, facts and events, with no behaviour beyond their own invariants.
//!
//! What belongs here: a noun that two or more crates speak of. What never will: SQL, IO, clocks, randomness,
//! or a rule that chooses something (that is `routing`'s and `intake`'s work).

#![warn(missing_docs)]

pub mod access;
pub mod agent;
pub mod assignment;
pub mod contact;
pub mod event;
pub mod ids;
pub mod import;
pub mod lead;
pub mod notification;
pub mod organization;
pub mod pool;
pub mod status;
pub mod time;
pub mod webhook;

pub use access::{Area, Purpose, Role, SignInMethod};
pub use agent::{AgentFacts, Availability, Leave, Presence, Shift};
pub use assignment::{Method, Trigger};
pub use contact::{E164, Email};
pub use ids::{
    AgentId, BatchId, EventId, ImportId, LeadId, NotificationId, OrgId, OrgPublicId, SessionId, SourceId,
    TokenId, UploadId, UserId, WebhookDeliveryId, WebhookEndpointId,
};
pub use lead::{LeadDraft, LeadNeeds, Urgency};
pub use notification::NotificationKind;
pub use organization::DuplicatePolicy;
pub use pool::{BacklogOrder, Credit, PolicyKind, PoolMember, PoolState, Weight};
pub use status::Status;
pub use time::Micros;
pub use webhook::DeliveryState;

/// A word of a closed list that is not on the list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown {what}: {value:?} (known: {known})")]
pub struct UnknownWord {
    /// What the list names, e.g. `status`.
    pub what: &'static str,
    /// The word that was given.
    pub value: String,
    /// The words that would have been accepted, comma separated.
    pub known: String,
}

/// Declares a closed list of words: the enum, `as_str`, `FromStr`, `Display`, serde as the same words.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident, $what:literal { $($(#[$vmeta:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$vmeta])* $variant),+ }

        impl $name {
            /// Every word of the list, in the order it is declared.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The word, as stored in the database and written on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.pad(self.as_str()) }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::UnknownWord;
            fn from_str(s: &str) -> Result<Self, Self::Err> {
                match s {
                    $($word => Ok($name::$variant),)+
                    other => Err($crate::UnknownWord {
                        what: $what,
                        value: other.to_owned(),
                        known: [$($word),+].join(", "),
                    }),
                }
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> { s.serialize_str(self.as_str()) }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let word = std::borrow::Cow::<'de, str>::deserialize(d)?;
                word.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use words;

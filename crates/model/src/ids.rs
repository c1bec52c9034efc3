//! Identifiers: UUIDv7 in the database, the same with a short prefix at the edges (`lead_0192…`).

use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

/// A text that is not an id of the expected kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a valid id: expected {prefix}_ and 32 hexadecimal digits")]
pub struct BadId {
    /// The prefix that was expected.
    pub prefix: &'static str,
}

/// The small key of an organisation (a tenant) inside the database; `org_id` comes first in every table's key.
/// At the edges an organisation is named by its [`OrgPublicId`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OrgId(pub i64);

macro_rules! id {
    ($(#[$meta:meta])* $name:ident, $prefix:literal) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub Uuid);

        impl $name {
            /// The prefix at the edges, without the underscore.
            pub const PREFIX: &'static str = $prefix;
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut buffer = [0u8; 32];
                f.write_str(concat!($prefix, "_"))?;
                f.write_str(self.0.simple().encode_lower(&mut buffer))
            }
        }

        impl FromStr for $name {
            type Err = BadId;
            fn from_str(s: &str) -> Result<Self, BadId> {
                s.strip_prefix(concat!($prefix, "_"))
                    .filter(|hex| hex.len() == 32)
                    .and_then(|hex| Uuid::try_parse(hex).ok())
                    .map(Self)
                    .ok_or(BadId { prefix: $prefix })
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> { s.collect_str(self) }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

id!(/** An organisation, as the edges name it. */ OrgPublicId, "org");
id!(/** A person who signs in. */ UserId, "user");
id!(/** An API token (not its secret). */ TokenId, "token");
id!(/** Somebody signed in with a browser (not the cookie's secret). */ SessionId, "session");
id!(/** An employee who works leads. */ AgentId, "agent");
id!(/** Where leads come from: a bucket such as META or GOOGLE. */ SourceId, "source");
id!(/** One person's enquiry. */ LeadId, "lead");
id!(/** A file on disk that has not become an import yet. */ UploadId, "upload");
id!(/** One uploaded file. */ ImportId, "import");
id!(/** Leads assigned together: one run, one import chunk, one saved configuration. */ BatchId, "batch");
id!(/** A committed fact in the outbox. */ EventId, "evt");
id!(/** A message to one user, kept until it is read and longer. */ NotificationId, "note");
id!(/** Where events are sent by HTTP. */ WebhookEndpointId, "whe");
id!(/** One event on its way to one endpoint. */ WebhookDeliveryId, "whd");

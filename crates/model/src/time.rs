//! One instant, as both databases store it: microseconds since 1970 in UTC.

use std::fmt;

/// Microseconds since 1970-01-01T00:00:00Z. Same order and arithmetic in Rust, SQLite and PostgreSQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Micros(pub i64);

impl Micros {
    /// One second.
    pub const SECOND: i64 = 1_000_000;

    /// From a jiff timestamp, rounded down to the microsecond.
    pub fn from_timestamp(at: jiff::Timestamp) -> Self {
        Self(at.as_microsecond())
    }

    /// As a jiff timestamp. Instants outside jiff's range (years -9999 to 9999) are clamped.
    pub fn timestamp(self) -> jiff::Timestamp {
        jiff::Timestamp::from_microsecond(self.0).unwrap_or(if self.0 < 0 {
            jiff::Timestamp::MIN
        } else {
            jiff::Timestamp::MAX
        })
    }

    /// This instant, `seconds` later.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0 + seconds * Self::SECOND)
    }
}

/// RFC 3339 in UTC, e.g. `2026-11-20T12:00:00.5Z`.
impl fmt::Display for Micros {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.timestamp(), f)
    }
}

impl serde::Serialize for Micros {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Micros {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        jiff::Timestamp::deserialize(d).map(Self::from_timestamp)
    }
}

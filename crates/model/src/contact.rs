//! How a person is reached. Texts are parsed into these types once, at the edge (`intake`).

use std::fmt;

/// An E.164 phone number: country code and national number, 7 to 15 digits, held as one integer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct E164(u64);

impl E164 {
    /// From the digits behind the `+`. `None` unless 7 to 15 digits with no leading zero.
    pub const fn from_digits(digits: u64) -> Option<Self> {
        if digits >= 1_000_000 && digits <= 999_999_999_999_999 { Some(Self(digits)) } else { None }
    }

    /// The digits behind the `+`.
    pub const fn digits(self) -> u64 {
        self.0
    }

    /// From `+` and digits, nothing else: the form Fairlead writes.
    pub fn parse_strict(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('+')?;
        if digits.starts_with('0') || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        digits.parse().ok().and_then(Self::from_digits)
    }
}

impl fmt::Display for E164 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "+{}", self.0)
    }
}

impl serde::Serialize for E164 {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

/// A syntactically valid e-mail address; the domain is in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Email(String);

impl Email {
    /// Wraps a text that `intake::email` has accepted or the database has stored.
    pub fn from_valid(text: String) -> Self {
        Self(text)
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What duplicates are compared by: the whole address in lower case.
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl serde::Serialize for Email {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.0)
    }
}

//! What a column may mean, and which column of a file means what.

mod headers;
mod mapping;

pub use headers::recognise;
pub use mapping::{Column, Mapping};

use std::fmt;
use std::str::FromStr;

macro_rules! fields {
    ($($(#[$meta:meta])* $variant:ident = $word:literal),+ $(,)?) => {
        /// What a column may be mapped to. Written as its word, in mappings and on the command line.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Field { $($(#[$meta])* $variant),+ }

        impl Field {
            /// Every field.
            pub const ALL: &'static [Field] = &[$(Field::$variant),+];

            /// The word.
            pub const fn as_str(self) -> &'static str {
                match self { $(Field::$variant => $word),+ }
            }
        }
    };
}

fields! {
    /// The person's full name.
    Name = "name",
    /// Joined with the last name.
    FirstName = "first_name",
    /// Joined with the first name.
    LastName = "last_name",
    /// Phone; of several such columns the first usable one counts.
    Phone = "phone",
    /// The country calling code, where it stands in a column of its own (`91`).
    PhoneCode = "phone_code",
    /// A second phone, used when the first is empty or unusable; otherwise kept under its header.
    AltPhone = "alt_phone",
    /// E-mail address; of several such columns the first usable one counts.
    Email = "email",
    /// One line that says what is wanted.
    Title = "title",
    /// What is wanted, in full.
    Description = "description",
    /// Category slug or name.
    Category = "category",
    /// Country.
    Country = "country",
    /// State or province.
    Region = "region",
    /// City or town.
    City = "city",
    /// Suburb.
    Suburb = "suburb",
    /// Postal code.
    PostalCode = "postal_code",
    /// Degrees north.
    Lat = "lat",
    /// Degrees east.
    Lon = "lon",
    /// low, normal, high, urgent.
    Urgency = "urgency",
    /// Skills an agent must have, separated by `,` `;` or `|`.
    Skills = "skills",
    /// Worth in the organisation's currency.
    Value = "value",
    /// The sender's own key.
    ExternalId = "external_id",
    /// When the enquiry was made.
    CreatedAt = "created_at",
    /// The words of consent shown.
    ConsentText = "consent_text",
    /// The page they were shown on.
    ConsentUrl = "consent_url",
    /// Kept under its own header.
    Custom = "custom",
    /// Left out.
    Ignore = "ignore",
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Field {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let word = word.trim().to_lowercase().replace(['-', ' '], "_");
        Self::ALL.iter().copied().find(|field| field.as_str() == word).ok_or_else(|| {
            let known: Vec<_> = Self::ALL.iter().map(|field| field.as_str()).collect();
            format!("no such field (known: {})", known.join(", "))
        })
    }
}

impl serde::Serialize for Field {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.as_str())
    }
}

impl<'de> serde::Deserialize<'de> for Field {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

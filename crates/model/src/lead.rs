//! A lead: one person's enquiry.

use crate::{E164, Email, Micros, words};
use serde::{Deserialize, Serialize};

words! {
    /// How soon the person wants an answer.
    Urgency, "urgency" {
        /// Whenever.
        Low = "low",
        /// The default.
        Normal = "normal",
        /// Soon.
        High = "high",
        /// Now.
        Urgent = "urgent",
    }
}

/// A normalised, validated lead that is not yet stored: what `intake` makes of a request or a row.
/// At least one of `phone` and `email` is given.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LeadDraft {
    /// The person's name, trimmed; `None` when unknown.
    pub name: Option<String>,
    /// Phone in E.164.
    pub phone: Option<E164>,
    /// E-mail address.
    pub email: Option<Email>,
    /// Category slug or name, as given.
    pub category: Option<String>,
    /// City or town.
    pub city: Option<String>,
    /// Worth of the lead in thousandths of the organisation's currency unit; `None` when unknown.
    pub value: Option<i64>,
    /// `None` means normal.
    pub urgency: Option<Urgency>,
    /// Skills an agent must have, lower case, sorted, without repeats.
    pub required_skills: Vec<String>,
    /// The sender's own key for this lead.
    pub external_id: Option<String>,
    /// Everything else.
    pub details: LeadDetails,
}

/// The parts of a lead that nothing is searched or decided by; stored as one JSON object.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LeadDetails {
    /// One line that says what is wanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What is wanted, in full.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// ISO 3166 country code or name, as given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// State or province.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Suburb.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suburb: Option<String>,
    /// Postal code, leading zeros kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    /// Degrees north.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lat: Option<f64>,
    /// Degrees east.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lon: Option<f64>,
    /// When the enquiry was made, where a file says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enquired_at: Option<Micros>,
    /// How many providers may buy the lead; `None`: the organisation's default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_claims: Option<u32>,
    /// The person's consent to be contacted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consent: Option<Consent>,
    /// Fields Fairlead does not know, by their own names.
    #[serde(skip_serializing_if = "serde_json::Map::is_empty")]
    pub custom: serde_json::Map<String, serde_json::Value>,
}

impl LeadDetails {
    /// Nothing was given.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What the person agreed to, when and where.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    /// The words that were shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Micros>,
    /// On which page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// What routing needs to know of a lead.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LeadNeeds {
    /// Skills an agent must have.
    pub skills: Vec<String>,
    /// A handed-back lead: its shares were dealt when it was first given, and are not dealt again.
    pub share_paid: bool,
    /// The agent (its number) who handed it back and is skipped this time.
    pub skip_agent: Option<i64>,
}

/// The lead's name for people: `L-000123`, per organisation.
pub fn uid(lead_no: i64) -> String {
    format!("L-{lead_no:06}")
}

/// The number behind `L-000123`; lower case and missing zeros are forgiven.
pub fn parse_uid(text: &str) -> Option<i64> {
    let digits = text.strip_prefix("L-").or_else(|| text.strip_prefix("l-"))?;
    if digits.is_empty() || digits.len() > 15 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok()
}

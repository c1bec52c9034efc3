//! The JSON lead of `POST /api/v1/leads`: shape, limits, and all that is wrong with it at once.

use crate::convert::{MOST_NAME, MOST_TEXT, MOST_WORD, decimal, parse_urgency, skills};
use crate::text::{clean, longer_than, one_line};
use crate::{email, phone};
use model::lead::Consent;
use model::{LeadDraft, Micros, Urgency};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The largest `custom`, in bytes of JSON.
pub const MOST_CUSTOM: usize = 64 * 1024;
/// How deep `custom` may nest.
pub const MOST_DEPTH: usize = 16;
/// The most skills a lead may ask for.
pub const MOST_SKILLS: usize = 50;
/// The most claims a lead may have.
pub const MOST_CLAIMS: u32 = 100;

/// One thing wrong with a request. Never holds the value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// Where, e.g. `contact.phone`.
    pub field: String,
    /// `required`, `invalid`, `too_long` or `out_of_range`.
    pub code: &'static str,
    /// For people.
    pub message: String,
}

/// The body of `POST /api/v1/leads`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LeadPayload {
    /// Name of the source.
    pub source: String,
    /// One line that says what is wanted.
    pub title: Option<String>,
    /// What is wanted, in full.
    pub description: Option<String>,
    /// Slug or id.
    #[serde(alias = "service_category_id")]
    pub category: Option<String>,
    /// The person.
    pub contact: ContactPayload,
    /// Where.
    pub location: Option<LocationPayload>,
    /// low, normal, high, urgent.
    pub urgency: Option<String>,
    /// How many providers may buy the lead.
    pub max_claims: Option<i64>,
    /// Skills an agent must have.
    pub required_skills: Option<Vec<String>>,
    /// Decimal string or number.
    pub value: Option<Amount>,
    /// Anything else.
    pub custom: Option<Map<String, Value>>,
    /// The person's consent.
    pub consent: Option<ConsentPayload>,
    /// The sender's own key.
    pub external_id: Option<String>,
}

/// `contact` of a lead.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ContactPayload {
    /// Full name.
    pub name: Option<String>,
    /// Any way people write it.
    pub phone: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
}

/// `location` of a lead.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LocationPayload {
    /// ISO code or name.
    pub country: Option<String>,
    /// State or province.
    pub region: Option<String>,
    /// City or town.
    pub city: Option<String>,
    /// Suburb.
    pub suburb: Option<String>,
    /// Leading zeros are kept.
    pub postal_code: Option<String>,
    /// Degrees north.
    pub lat: Option<f64>,
    /// Degrees east.
    pub lon: Option<f64>,
}

/// `consent` of a lead.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ConsentPayload {
    /// The words shown.
    pub text: Option<String>,
    /// RFC 3339.
    pub at: Option<String>,
    /// The page.
    pub url: Option<String>,
}

/// An amount of money: a decimal string, or a number for convenience.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Amount {
    /// `"1500.50"`
    Text(String),
    /// `1500.5`
    Number(serde_json::Number),
}

impl LeadPayload {
    /// Normalises and checks everything. Answers the source's name and the lead.
    ///
    /// # Errors
    /// Everything that is wrong, not only the first thing.
    pub fn into_draft(self, region: &str) -> Result<(String, LeadDraft), Vec<FieldError>> {
        let mut check = Check::default();
        let source = one_line(&self.source).into_owned();
        if source.is_empty() {
            check.fail("source", "required", "name the source the lead comes from");
        } else if longer_than(&source, MOST_WORD) {
            check.fail("source", "too_long", &format!("at most {MOST_WORD} characters"));
        }
        let mut draft = LeadDraft::default();
        check.contact(self.contact, region, &mut draft);
        check.location(self.location.unwrap_or_default(), &mut draft);
        draft.details.title = check.line("title", self.title, MOST_TEXT);
        draft.details.description = check.text("description", self.description);
        draft.category = check.line("category", self.category, MOST_WORD);
        draft.external_id = check.line("external_id", self.external_id, MOST_WORD);
        draft.urgency = check.urgency(self.urgency);
        draft.value = check.value(self.value);
        draft.details.max_claims = check.max_claims(self.max_claims);
        draft.required_skills = check.skills(self.required_skills.unwrap_or_default());
        draft.details.consent = self.consent.map(|consent| check.consent(consent));
        draft.details.custom = check.custom(self.custom.unwrap_or_default());
        if check.errors.is_empty() { Ok((source, draft)) } else { Err(check.errors) }
    }
}

#[derive(Default)]
struct Check {
    errors: Vec<FieldError>,
}

impl Check {
    fn fail(&mut self, field: &str, code: &'static str, message: &str) {
        self.errors.push(FieldError { field: field.to_owned(), code, message: message.to_owned() });
    }

    /// One line of text; empty counts as absent.
    fn line(&mut self, field: &str, text: Option<String>, most: usize) -> Option<String> {
        self.capped(field, one_line(&text?).into_owned(), most)
    }

    /// Text with line breaks; empty counts as absent.
    fn text(&mut self, field: &str, text: Option<String>) -> Option<String> {
        self.capped(field, clean(&text?).into_owned(), MOST_TEXT)
    }

    fn capped(&mut self, field: &str, text: String, most: usize) -> Option<String> {
        if longer_than(&text, most) {
            self.fail(field, "too_long", &format!("at most {most} characters"));
            return None;
        }
        (!text.is_empty()).then_some(text)
    }

    fn contact(&mut self, contact: ContactPayload, region: &str, draft: &mut LeadDraft) {
        draft.name = self.line("contact.name", contact.name, MOST_NAME);
        let given = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        let (phone_text, email_text) = (given(contact.phone), given(contact.email));
        if phone_text.is_none() && email_text.is_none() {
            self.fail("contact", "required", "give a phone or an e-mail address");
        }
        if let Some(text) = phone_text {
            match phone::parse(&text, region) {
                Ok(phone) => draft.phone = Some(phone),
                Err(reason) => self.fail("contact.phone", "invalid", &reason.to_string()),
            }
        }
        if let Some(text) = email_text {
            match email::parse(&text) {
                Ok(email) => draft.email = Some(email),
                Err(reason) => self.fail("contact.email", "invalid", &reason.to_string()),
            }
        }
    }

    fn location(&mut self, location: LocationPayload, draft: &mut LeadDraft) {
        draft.city = self.line("location.city", location.city, MOST_WORD);
        let details = &mut draft.details;
        details.country = self.line("location.country", location.country, MOST_WORD);
        details.region = self.line("location.region", location.region, MOST_WORD);
        details.suburb = self.line("location.suburb", location.suburb, MOST_WORD);
        details.postal_code = self.line("location.postal_code", location.postal_code, MOST_WORD);
        details.lat = self.degrees("location.lat", location.lat, 90.0);
        details.lon = self.degrees("location.lon", location.lon, 180.0);
    }

    fn degrees(&mut self, field: &str, value: Option<f64>, most: f64) -> Option<f64> {
        let value = value?;
        if value.is_finite() && value.abs() <= most {
            return Some(value);
        }
        self.fail(field, "out_of_range", &format!("from -{most} to {most}"));
        None
    }

    fn urgency(&mut self, word: Option<String>) -> Option<Urgency> {
        let word = word?;
        let urgency = word.parse().ok().or_else(|| parse_urgency(&word));
        if urgency.is_none() {
            self.fail("urgency", "invalid", "one of low, normal, high, urgent");
        }
        urgency
    }

    fn value(&mut self, value: Option<Amount>) -> Option<i64> {
        let text = match value? {
            Amount::Text(text) => text,
            Amount::Number(number) => number.to_string(),
        };
        // A contract, not a spreadsheet: only a plain decimal is understood.
        let plain = text.strip_prefix('-').unwrap_or(&text);
        let (whole, fraction) = plain.split_once('.').unwrap_or((plain, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(fraction) {
            self.fail("value", "invalid", "a decimal such as \"1500.50\"");
            return None;
        }
        let thousandths = decimal(&text).filter(|value| *value >= 0);
        if thousandths.is_none() || fraction.trim_end_matches('0').len() > 3 {
            self.fail("value", "out_of_range", "from 0 to 1000000000000, at most three decimals");
        }
        thousandths
    }

    fn max_claims(&mut self, claims: Option<i64>) -> Option<u32> {
        let claims = claims?;
        let known = u32::try_from(claims).ok().filter(|claims| (1..=MOST_CLAIMS).contains(claims));
        if known.is_none() {
            self.fail("max_claims", "out_of_range", &format!("from 1 to {MOST_CLAIMS}"));
        }
        known
    }

    fn skills(&mut self, words: Vec<String>) -> Vec<String> {
        let skills = skills(words.iter().map(String::as_str));
        if skills.len() > MOST_SKILLS {
            self.fail("required_skills", "too_long", &format!("at most {MOST_SKILLS} skills"));
        }
        if skills.iter().any(|skill| longer_than(skill, MOST_WORD)) {
            self.fail("required_skills", "too_long", &format!("at most {MOST_WORD} characters each"));
        }
        skills
    }

    fn consent(&mut self, consent: ConsentPayload) -> Consent {
        let at = consent.at.and_then(|text| {
            let at = text.trim().parse::<jiff::Timestamp>().ok().map(Micros::from_timestamp);
            if at.is_none() {
                self.fail("consent.at", "invalid", "a time in RFC 3339, e.g. 2026-11-20T12:00:00Z");
            }
            at
        });
        Consent {
            text: self.text("consent.text", consent.text),
            at,
            url: self.line("consent.url", consent.url, 2_000),
        }
    }

    fn custom(&mut self, custom: Map<String, Value>) -> Map<String, Value> {
        if custom.is_empty() {
            return custom;
        }
        if custom.values().any(|value| deeper_than(value, MOST_DEPTH - 1)) {
            self.fail("custom", "out_of_range", &format!("nested deeper than {MOST_DEPTH}"));
            return Map::new();
        }
        let size = serde_json::to_vec(&custom).map_or(usize::MAX, |json| json.len());
        if size > MOST_CUSTOM {
            self.fail("custom", "too_long", &format!("at most {MOST_CUSTOM} bytes of JSON"));
            return Map::new();
        }
        // PostgreSQL's jsonb cannot hold this character.
        if holds_nul(&custom) {
            self.fail("custom", "invalid", "holds a NUL character");
        }
        custom
    }
}

fn holds_nul(map: &Map<String, Value>) -> bool {
    fn value_holds(value: &Value) -> bool {
        match value {
            Value::String(text) => text.contains('\0'),
            Value::Array(items) => items.iter().any(value_holds),
            Value::Object(map) => holds_nul(map),
            _ => false,
        }
    }
    map.iter().any(|(name, value)| name.contains('\0') || value_holds(value))
}

fn deeper_than(value: &Value, levels: usize) -> bool {
    let mut inner: Box<dyn Iterator<Item = &Value>> = match value {
        Value::Array(items) => Box::new(items.iter()),
        Value::Object(map) => Box::new(map.values()),
        _ => return false,
    };
    levels == 0 || inner.any(|value| deeper_than(value, levels - 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn draft(body: Value) -> Result<(String, LeadDraft), Vec<(String, &'static str)>> {
        let payload: LeadPayload = serde_json::from_value(body).unwrap();
        payload.into_draft("IN").map_err(|errors| errors.into_iter().map(|e| (e.field, e.code)).collect())
    }

    #[test]
    fn a_full_lead_is_normalised() {
        let (source, lead) = draft(json!({
            "source": " META ", "title": "Deep  clean", "service_category_id": "cleaning",
            "contact": {"name": "Zoë  Müller", "phone": "098765 43210", "email": "Z@Mail.Example"},
            "location": {"city": "Cape  Town", "lat": -33.9, "lon": 18.4, "postal_code": "0157"},
            "urgency": "high", "max_claims": 3, "required_skills": ["Hindi", "english", "hindi "],
            "value": "1500.50", "custom": {"a": [1]}, "consent": {"text": "yes", "at": "2026-01-01T00:00:00Z"},
            "external_id": "x-1"
        }))
        .unwrap();
        assert_eq!(source, "META");
        assert_eq!(lead.phone.unwrap().to_string(), "+919876543210");
        assert_eq!(lead.email.unwrap().as_str(), "Z@mail.example");
        assert_eq!(lead.name.as_deref(), Some("Zoë Müller"));
        assert_eq!(lead.city.as_deref(), Some("Cape Town"));
        assert_eq!(lead.category.as_deref(), Some("cleaning"));
        assert_eq!(lead.value, Some(1_500_500));
        assert_eq!(lead.required_skills, ["english", "hindi"]);
        assert_eq!(lead.details.postal_code.as_deref(), Some("0157"));
    }

    #[test]
    fn everything_wrong_is_told_at_once() {
        let errors = draft(json!({
            "contact": {"name": "x".repeat(201), "phone": "12", "email": "a@b"},
            "location": {"lat": 91.0}, "urgency": "meh", "max_claims": 0, "value": "1,5", "consent": {"at": "today"},
            "custom": {"big": "x".repeat(70_000)}
        }))
        .unwrap_err();
        let want = [
            ("source", "required"),
            ("contact.name", "too_long"),
            ("contact.phone", "invalid"),
            ("contact.email", "invalid"),
            ("location.lat", "out_of_range"),
            ("urgency", "invalid"),
            ("value", "invalid"),
            ("max_claims", "out_of_range"),
            ("consent.at", "invalid"),
            ("custom", "too_long"),
        ];
        assert_eq!(errors, want.map(|(field, code)| (field.to_owned(), code)));
    }

    #[test]
    fn a_lead_nobody_can_reach_is_refused() {
        let errors = draft(json!({"source": "s", "contact": {"name": "A", "phone": " "}})).unwrap_err();
        assert_eq!(errors, [("contact".to_owned(), "required")]);
    }

    #[test]
    fn unknown_fields_and_deep_nesting_are_refused() {
        assert!(serde_json::from_value::<LeadPayload>(json!({"source": "s", "phone": "1"})).is_err());
        let mut deep = json!(1);
        for _ in 0..20 {
            deep = json!([deep]);
        }
        let errors =
            draft(json!({"source": "s", "contact": {"email": "a@b.example"}, "custom": {"d": deep}}))
                .unwrap_err();
        assert_eq!(errors, [("custom".to_owned(), "out_of_range")]);
    }
}

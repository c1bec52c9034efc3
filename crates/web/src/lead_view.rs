//! A lead as the API shows it.

use engine::lead::create::Created;
use model::lead::Consent;
use model::{AgentId, E164, LeadId, Micros, Status, Urgency};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use store::lead::{AgentName, LeadView};
use utoipa::ToSchema;

/// A lead.
#[derive(Serialize, ToSchema)]
#[schema(as = Lead)]
pub(crate) struct LeadJson<'a> {
    #[schema(value_type = String, example = "lead_0192f0c1a2b37c4d8e5f6a7b8c9d0e1f")]
    id: LeadId,
    /// Its name for people, per organisation.
    #[serde(serialize_with = "uid")]
    #[schema(value_type = String, example = "L-000123")]
    uid: i64,
    source: &'a str,
    #[schema(value_type = crate::schema::LeadStatus)]
    status: Status,
    title: Option<String>,
    description: Option<String>,
    category: Option<&'a str>,
    contact: ContactJson<'a>,
    location: LocationJson<'a>,
    #[schema(value_type = crate::schema::UrgencyWord)]
    urgency: Urgency,
    max_claims: Option<u32>,
    required_skills: &'a [String],
    /// Decimal.
    #[schema(value_type = Option<String>, example = "1500.5")]
    value: Option<Thousandths>,
    #[schema(value_type = Object)]
    custom: Map<String, Value>,
    #[schema(value_type = Option<crate::schema::ConsentBody>)]
    consent: Option<Consent>,
    external_id: Option<&'a str>,
    agent: Option<AgentNameJson<'a>>,
    /// Only in the answer to a creation: the lead was known already.
    #[serde(skip_serializing_if = "Option::is_none")]
    duplicate: Option<bool>,
    /// The first lead it repeats.
    #[schema(value_type = Option<String>)]
    duplicate_of: Option<LeadId>,
    #[schema(value_type = Option<String>, format = DateTime)]
    callback_at: Option<Micros>,
    /// Line of the imported file.
    #[serde(skip_serializing_if = "Option::is_none")]
    import_row: Option<i64>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Micros,
    /// When the person asked, where the imported file says so.
    #[schema(value_type = Option<String>, format = DateTime)]
    enquired_at: Option<Micros>,
    #[schema(value_type = String, format = DateTime)]
    changed_at: Micros,
    #[schema(value_type = Option<String>, format = DateTime)]
    assigned_at: Option<Micros>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = LeadContact)]
struct ContactJson<'a> {
    name: Option<&'a str>,
    /// E.164.
    #[schema(value_type = Option<String>, example = "+919876543210")]
    phone: Option<E164>,
    email: Option<&'a str>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = LeadLocation)]
struct LocationJson<'a> {
    country: Option<String>,
    region: Option<String>,
    city: Option<&'a str>,
    suburb: Option<String>,
    postal_code: Option<String>,
    lat: Option<f64>,
    lon: Option<f64>,
}

/// An agent as others name it.
#[derive(Serialize, ToSchema)]
#[schema(as = AgentName)]
pub(crate) struct AgentNameJson<'a> {
    #[schema(value_type = String)]
    id: AgentId,
    name: &'a str,
    number: i64,
}

impl<'a> From<&'a AgentName> for AgentNameJson<'a> {
    fn from(agent: &'a AgentName) -> Self {
        Self { id: agent.id, name: &agent.name, number: agent.agent_no }
    }
}

impl<'a> LeadJson<'a> {
    pub(crate) fn new(lead: &'a LeadView) -> Self {
        let row = &lead.row;
        let details = row.details();
        Self {
            id: row.lead_id(),
            uid: row.lead_no,
            source: &lead.source,
            status: row.status,
            title: details.title,
            description: details.description,
            category: row.category.as_deref(),
            contact: ContactJson {
                name: row.name.as_deref(),
                phone: row.e164(),
                email: row.email.as_deref(),
            },
            location: LocationJson {
                country: details.country,
                region: details.region,
                city: row.city.as_deref(),
                suburb: details.suburb,
                postal_code: details.postal_code,
                lat: details.lat,
                lon: details.lon,
            },
            urgency: row.urgency,
            max_claims: details.max_claims,
            required_skills: row.skills.as_deref().unwrap_or_default(),
            value: row.value.map(Thousandths),
            custom: details.custom,
            consent: details.consent,
            external_id: row.external_id.as_deref(),
            agent: lead.agent.as_ref().map(Into::into),
            duplicate: None,
            duplicate_of: lead.duplicate_of,
            callback_at: row.callback_at.map(Micros),
            import_row: row.import_row,
            created_at: Micros(row.created_at),
            enquired_at: details.enquired_at,
            changed_at: Micros(row.changed_at),
            assigned_at: row.assigned_at.map(Micros),
        }
    }

    pub(crate) fn created(created: &'a Created) -> Self {
        Self { duplicate: Some(created.duplicate), ..Self::new(&created.lead) }
    }
}

fn uid<S: Serializer>(lead_no: &i64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("L-{lead_no:06}"))
}

/// An amount in thousandths, written as a decimal without needless zeros: `1500.5`.
#[derive(Clone, Copy)]
pub(crate) struct Thousandths(pub(crate) i64);

impl std::fmt::Display for Thousandths {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (whole, rest) = (self.0 / 1000, (self.0 % 1000).abs());
        match rest {
            0 => write!(f, "{whole}"),
            r if r % 100 == 0 => write!(f, "{whole}.{}", r / 100),
            r if r % 10 == 0 => write!(f, "{whole}.{:02}", r / 10),
            r => write!(f, "{whole}.{r:03}"),
        }
    }
}

impl Serialize for Thousandths {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

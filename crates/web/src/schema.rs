//! Shapes for the documentation that other crates' types stand behind.
#![expect(
    dead_code,
    reason = "described, never built: the types that do the work have no schema of their own"
)]

use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, ToSchema};

macro_rules! word_list {
    ($($(#[$meta:meta])* $name:ident { $($word:ident),+ })+) => {
        $($(#[$meta])*
        #[derive(ToSchema)]
        #[schema(rename_all = "snake_case")]
        pub(crate) enum $name { $($word),+ })+
    };
}

word_list! {
    /// Where a lead stands.
    LeadStatus { New, Pending, Contacted, Callback, NoAnswer, Busy, Failed, Dropped, Congestion, Voicemail, Sale,
        NotInterested, Dnc, Invalid, Exhausted }
    /// How soon the person wants an answer.
    UrgencyWord { Low, Normal, High, Urgent }
    /// How a pool chooses.
    PolicyWord { Fair, RoundRobin, Fewest }
    /// In which order a backlog is given out.
    OrderWord { Oldest, Newest, Value }
    /// How an agent was chosen.
    MethodWord { Fair, RoundRobin, Fewest, Manual }
    /// What made an assignment happen.
    TriggerWord { Create, Import, Save, Run, Sweep, Manual }
    /// A step of a pool.
    StepWord { Pick, Manual, HandBack }
    /// Whether an agent takes leads now.
    PresenceWord { Online, Away }
    /// What a user may do.
    RoleWord { Admin, Manager, Agent, Provider }
    /// What happens to duplicates.
    DuplicatePolicyWord { Skip, Update, Keep }
    /// Where an import stands.
    ImportStateWord { Queued, Running, Done, Failed }
    /// What a notification is about.
    NotificationKindWord { LeadAssigned, ImportFinished, LeadsWaiting, WebhookDisabled, Test }
    /// How a delivery stands.
    DeliveryStateWord { Pending, Delivered, Failed }
}

/// A lead to be stored.
#[derive(ToSchema)]
pub(crate) struct NewLead {
    /// Name or id of the source.
    source: String,
    title: Option<String>,
    description: Option<String>,
    /// Slug or id; `service_category_id` is understood too.
    category: Option<String>,
    contact: NewContact,
    location: Option<NewLocation>,
    urgency: Option<UrgencyWord>,
    /// 1 to 100.
    max_claims: Option<u32>,
    required_skills: Option<Vec<String>>,
    /// Decimal, at most three places.
    #[schema(example = "1500.50")]
    value: Option<String>,
    #[schema(value_type = Option<Object>)]
    custom: Option<Value>,
    consent: Option<ConsentBody>,
    /// The sender's own key.
    external_id: Option<String>,
}

/// What is corrected of a lead; what is not given stays.
#[derive(ToSchema)]
pub(crate) struct LeadChanges {
    title: Option<String>,
    description: Option<String>,
    category: Option<String>,
    contact: Option<NewContact>,
    location: Option<NewLocation>,
    urgency: Option<UrgencyWord>,
    max_claims: Option<u32>,
    required_skills: Option<Vec<String>>,
    value: Option<String>,
    #[schema(value_type = Option<Object>)]
    custom: Option<Value>,
    consent: Option<ConsentBody>,
    external_id: Option<String>,
}

/// How the person is reached: at least a phone or an e-mail.
#[derive(ToSchema)]
pub(crate) struct NewContact {
    name: Option<String>,
    /// Any way people write it; stored as E.164.
    phone: Option<String>,
    email: Option<String>,
}

/// Where the person is.
#[derive(ToSchema)]
pub(crate) struct NewLocation {
    country: Option<String>,
    region: Option<String>,
    city: Option<String>,
    suburb: Option<String>,
    postal_code: Option<String>,
    lat: Option<f64>,
    lon: Option<f64>,
}

/// The person's consent to be contacted.
#[derive(ToSchema)]
pub(crate) struct ConsentBody {
    text: Option<String>,
    #[schema(format = DateTime)]
    at: Option<String>,
    url: Option<String>,
}

/// Why a lead went where it went, or why it waits.
#[derive(ToSchema)]
pub(crate) struct Explained {
    lead_id: String,
    lead_uid: String,
    /// `assigned`, `waiting` or `closed`.
    state: String,
    /// In plain English.
    sentences: Vec<String>,
    /// The stored decision, taken again: who could, who could not and why, the numbers that decided.
    #[schema(value_type = Option<Object>)]
    decision: Option<Value>,
    /// Why it waits, as of now.
    #[schema(value_type = Option<Object>)]
    waiting: Option<Value>,
}

/// When an agent works; no shifts means always.
#[derive(ToSchema)]
pub(crate) struct AvailabilityBody {
    /// IANA zone; the organisation's without.
    timezone: Option<String>,
    shifts: Vec<ShiftBody>,
    leave: Vec<LeaveBody>,
    /// Days off.
    #[schema(example = json!(["2026-12-25"]))]
    holidays: Vec<String>,
}

/// Weekly working hours.
#[derive(ToSchema)]
pub(crate) struct ShiftBody {
    #[schema(example = json!(["mon", "tue"]))]
    days: Vec<String>,
    #[schema(example = "09:00")]
    from: String,
    #[schema(example = "18:00")]
    to: String,
}

/// An absence, both days included.
#[derive(ToSchema)]
pub(crate) struct LeaveBody {
    from: String,
    to: String,
}

/// What a file looks like.
#[derive(ToSchema)]
pub(crate) struct PreviewBody {
    #[schema(value_type = Object)]
    format: Value,
    columns: Vec<String>,
    #[schema(value_type = Object)]
    mapping: Value,
    /// The first 20.
    #[schema(value_type = Vec<Object>)]
    rows: Vec<Value>,
}

/// An error (RFC 9457, `application/problem+json`).
#[derive(ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemBody {
    #[schema(example = "urn:fairlead:problem:invalid")]
    r#type: String,
    title: String,
    status: u16,
    detail: String,
    /// Stable, for programs.
    code: String,
    /// What is wrong with which field (422).
    errors: Option<Vec<FieldErrorBody>>,
}

/// What is wrong with a field.
#[derive(ToSchema)]
#[schema(as = FieldError)]
pub(crate) struct FieldErrorBody {
    field: String,
    code: String,
    message: String,
}

/// The problems any call may answer.
pub(crate) struct Problems;

impl IntoResponses for Problems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let all = [
            ("400", "The request cannot be read"),
            ("401", "No valid token or session"),
            ("403", "The role does not allow it"),
            ("404", "It does not exist for this caller"),
            ("409", "It cannot be done as things stand"),
            ("413", "The body is too large"),
            ("415", "The body's type is not understood"),
            ("422", "Fields are wrong"),
            ("429", "Too many tries: try again after Retry-After"),
            ("503", "Busy: try again after Retry-After"),
        ];
        let problem = |(status, description): (&str, &str)| {
            let schema = Ref::from_schema_name("Problem");
            let content = ContentBuilder::new().schema(Some(schema)).build();
            let response =
                ResponseBuilder::new().description(description).content("application/problem+json", content);
            (status.to_owned(), RefOr::T(response.build()))
        };
        all.into_iter().map(problem).collect()
    }
}

//! The caller's organisation: shown, set up.

use crate::agent::plain;
use crate::answer::{self, Answer};
use crate::app::App;
use crate::body::Json;
use crate::keyed;
use crate::rights::{Admin, Staff, Who};
use crate::schema::{self, Problems};
use axum::extract::State;
use axum::http::StatusCode;
use engine::Refusal;
use engine::organization::UpdateOrganization;
use model::{DuplicatePolicy, Micros, OrgPublicId};
use serde::{Deserialize, Serialize};
use store::organization::Organization;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(fetch, patch))
}

/// A tenant.
#[derive(Serialize, ToSchema)]
#[schema(as = Organization)]
struct OrganizationJson {
    #[schema(value_type = String)]
    id: OrgPublicId,
    slug: String,
    name: String,
    /// IANA zone.
    timezone: String,
    /// ISO 3166, for phone numbers.
    region: String,
    #[schema(value_type = schema::DuplicatePolicyWord)]
    duplicate_policy: DuplicatePolicy,
    #[schema(value_type = String, format = DateTime)]
    created_at: Micros,
}

impl From<&Organization> for OrganizationJson {
    fn from(o: &Organization) -> Self {
        Self {
            id: o.id,
            slug: o.slug.clone(),
            name: o.name.clone(),
            timezone: o.timezone.clone(),
            region: o.region.clone(),
            duplicate_policy: o.duplicate_policy,
            created_at: Micros(o.created_at),
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OrganizationChanges {
    name: Option<String>,
    timezone: Option<String>,
    region: Option<String>,
    #[schema(value_type = Option<schema::DuplicatePolicyWord>)]
    duplicate_policy: Option<DuplicatePolicy>,
}

/// The caller's organisation.
#[utoipa::path(get, path = "/api/v1/organization", tag = "organization", operation_id = "organization_fetch",
    responses((status = 200, description = "The organisation", body = OrganizationJson), Problems))]
async fn fetch(State(app): State<App>, who: Who<Staff>) -> Answer {
    let organization = store::organization::organization_fetch(app.reader(), who.org()).await?;
    answer::ok(&OrganizationJson::from(&organization))
}

fn changed(outcome: &Result<Organization, Refusal>) -> (u16, String) {
    answer::rendered(StatusCode::OK, outcome, OrganizationJson::from)
}

/// Changes the caller's organisation; what is not given stays.
#[utoipa::path(patch, path = "/api/v1/organization", tag = "organization", operation_id = "organization_patch",
    request_body = OrganizationChanges,
    responses((status = 200, description = "The organisation", body = OrganizationJson), Problems))]
async fn patch(State(app): State<App>, who: Who<Admin>, body: Json<OrganizationChanges>) -> Answer {
    let OrganizationChanges { name, timezone, region, duplicate_policy } = body.value;
    let name = name.map(|name| plain("name", name, 200)).transpose()?;
    let command = UpdateOrganization { name, timezone, region, duplicate_policy };
    keyed::run(&app, &who.by(), command, None, changed).await
}

//! Organisations: created, set up.

use crate::batch::Batch;
use crate::{By, Command, Refusal, Stop};
use model::{Area, DuplicatePolicy, OrgId, OrgPublicId};
use store::organization::{
    Organization, organization_fetch, organization_insert, organization_list, organization_update,
};
use uuid::Uuid;

/// Makes sure an organisation exists; answers the one that is there.
#[derive(Debug, Clone)]
pub struct EnsureOrganization {
    /// Its short name, unique.
    pub slug: String,
    /// Its name if it is new.
    pub name: String,
    /// Its IANA zone if it is new.
    pub timezone: String,
    /// Its region for phone numbers if it is new: `IN`.
    pub region: String,
}

impl Command for EnsureOrganization {
    type Output = Organization;

    async fn run(&mut self, _by: &By, batch: &mut Batch<'_>) -> Result<Organization, Stop> {
        if let Some(known) = organization_list(batch.tx).await?.into_iter().find(|o| o.slug == self.slug) {
            return Ok(known);
        }
        let mut new = Organization {
            org: OrgId(0),
            id: OrgPublicId(Uuid::now_v7()),
            slug: self.slug.clone(),
            name: self.name.clone(),
            timezone: self.timezone.clone(),
            region: self.region.clone(),
            duplicate_policy: DuplicatePolicy::Skip,
            created_at: batch.now.0,
        };
        check(&new)?;
        new.org = organization_insert(batch.tx, &new).await?;
        Ok(new)
    }
}

/// Changes the caller's organisation; what is not given stays.
#[derive(Debug, Clone, Default)]
pub struct UpdateOrganization {
    /// Name.
    pub name: Option<String>,
    /// IANA zone.
    pub timezone: Option<String>,
    /// ISO 3166 region.
    pub region: Option<String>,
    /// What happens to duplicates.
    pub duplicate_policy: Option<DuplicatePolicy>,
}

impl Command for UpdateOrganization {
    type Output = Organization;

    async fn run(&mut self, by: &By, batch: &mut Batch<'_>) -> Result<Organization, Stop> {
        let mut o = organization_fetch(batch.tx, by.org).await?;
        let was = o.clone();
        o.name = self.name.clone().unwrap_or(o.name);
        o.timezone = self.timezone.clone().unwrap_or(o.timezone);
        o.region = self.region.clone().map_or(o.region, |r| r.to_uppercase());
        o.duplicate_policy = self.duplicate_policy.unwrap_or(o.duplicate_policy);
        check(&o)?;
        organization_update(batch.tx, &o).await?;
        batch.access_changed();
        if o != was {
            batch.audit(by, Area::Organization, o.id, changes(&was, &o));
        }
        Ok(o)
    }
}

/// Which settings differ, for the audit log.
fn changes(was: &Organization, is: &Organization) -> String {
    let policy = |o: &Organization| o.duplicate_policy.to_string();
    [
        ("name", was.name.clone(), is.name.clone()),
        ("time zone", was.timezone.clone(), is.timezone.clone()),
        ("region", was.region.clone(), is.region.clone()),
        ("duplicates", policy(was), policy(is)),
    ]
    .into_iter()
    .filter(|(_, was, is)| was != is)
    .map(|(what, was, is)| format!("{what} {was} → {is}"))
    .collect::<Vec<_>>()
    .join("; ")
}

fn check(o: &Organization) -> Result<(), Refusal> {
    let invalid = |field, message: &str| Err(Refusal::Invalid { field, message: message.to_owned() });
    if o.name.trim().is_empty() || o.name.chars().count() > 200 {
        return invalid("name", "must have 1 to 200 characters");
    }
    if jiff::tz::TimeZone::get(&o.timezone).is_err() {
        return invalid("timezone", "is not an IANA time zone such as Asia/Kolkata");
    }
    if o.region.len() != 2 || !intake::phone::is_region(&o.region) {
        return invalid("region", "is not a two-letter region such as IN or ZA");
    }
    Ok(())
}

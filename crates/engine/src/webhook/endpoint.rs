//! Endpoints: added, changed, removed, given a new secret.

use crate::batch::Batch;
use crate::{By, Command, Refusal, Stop};
use model::webhook::WEBHOOK_EVENTS;
use model::{Area, OrgId, WebhookEndpointId};
use store::webhook::{
    Endpoint, endpoint_delete, endpoint_fetch_locked, endpoint_insert, endpoint_list, endpoint_update,
};
use uuid::Uuid;

/// How long the old secret signs beside the new one, in seconds.
const BOTH_SECRETS: i64 = 24 * 3600;
/// Endpoints an organisation may have.
const MOST: usize = 50;

/// Adds an endpoint; it hears of events from now on.
#[derive(Debug, Clone)]
pub struct CreateEndpoint {
    /// As [`crate::Engine::webhook_url`] answered it.
    pub url: String,
    /// What it is for.
    pub description: String,
    /// Types of events; `None`: all.
    pub kinds: Option<Vec<String>>,
    /// From [`crate::webhook::sign::new_secret`].
    pub secret: String,
}

impl Command for CreateEndpoint {
    type Output = Endpoint;

    async fn run(&mut self, by: &By, batch: &mut Batch<'_>) -> Result<Endpoint, Stop> {
        let kinds = known(self.kinds.clone())?;
        if endpoint_list(batch.tx, by.org, None, MOST as i64).await?.len() >= MOST {
            let message = format!("an organisation has at most {MOST} endpoints: remove one first");
            return Err(Refusal::Invalid { field: "url", message }.into());
        }
        let now = batch.now.0;
        let endpoint = Endpoint {
            org: by.org,
            id: WebhookEndpointId(Uuid::now_v7()),
            url: self.url.clone(),
            description: self.description.trim().to_owned(),
            kinds,
            secret: self.secret.clone(),
            old_secret: None,
            old_secret_until: None,
            active: true,
            disabled_reason: None,
            cursor: batch.counter(by.org).await?.cursor,
            actor: by.actor.clone(),
            created_at: now,
            changed_at: now,
        };
        endpoint_insert(batch.tx, &endpoint).await?;
        told(batch, by, endpoint.id, "added");
        Ok(endpoint)
    }
}

/// Changes an endpoint; what is not given stays. Switched on again, it hears of events from then on, and what was
/// under way when it was switched off goes on.
#[derive(Debug, Clone)]
pub struct UpdateEndpoint {
    /// Which.
    pub endpoint: WebhookEndpointId,
    /// As [`crate::Engine::webhook_url`] answered it.
    pub url: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Types of events; `Some(None)`: all.
    pub kinds: Option<Option<Vec<String>>>,
    /// Whether anything is sent.
    pub active: Option<bool>,
}

impl Command for UpdateEndpoint {
    type Output = Endpoint;

    async fn run(&mut self, by: &By, batch: &mut Batch<'_>) -> Result<Endpoint, Stop> {
        let mut endpoint = fetch(batch, by.org, self.endpoint).await?;
        if let Some(url) = &self.url {
            endpoint.url.clone_from(url);
        }
        if let Some(description) = &self.description {
            description.trim().clone_into(&mut endpoint.description);
        }
        if let Some(kinds) = self.kinds.clone() {
            endpoint.kinds = known(kinds)?;
        }
        if let Some(active) = self.active {
            if active && !endpoint.active {
                endpoint.cursor = batch.counter(by.org).await?.cursor;
            }
            endpoint.active = active;
            endpoint.disabled_reason = None;
        }
        endpoint.changed_at = batch.now.0;
        endpoint_update(batch.tx, &endpoint).await?;
        told(batch, by, endpoint.id, self.what());
        Ok(endpoint)
    }
}

/// Removes an endpoint with its deliveries.
#[derive(Debug, Clone, Copy)]
pub struct DeleteEndpoint(pub WebhookEndpointId);

impl Command for DeleteEndpoint {
    type Output = ();

    async fn run(&mut self, by: &By, batch: &mut Batch<'_>) -> Result<(), Stop> {
        fetch(batch, by.org, self.0).await?;
        endpoint_delete(batch.tx, by.org, self.0).await?;
        told(batch, by, self.0, "removed");
        Ok(())
    }
}

/// Gives an endpoint a new secret. For a day everything is signed with both.
#[derive(Debug, Clone)]
pub struct RotateSecret {
    /// Which.
    pub endpoint: WebhookEndpointId,
    /// From [`crate::webhook::sign::new_secret`].
    pub secret: String,
}

impl Command for RotateSecret {
    type Output = Endpoint;

    async fn run(&mut self, by: &By, batch: &mut Batch<'_>) -> Result<Endpoint, Stop> {
        let mut endpoint = fetch(batch, by.org, self.endpoint).await?;
        endpoint.old_secret = Some(std::mem::replace(&mut endpoint.secret, self.secret.clone()));
        endpoint.old_secret_until = Some(batch.now.plus_seconds(BOTH_SECRETS).0);
        endpoint.changed_at = batch.now.0;
        endpoint_update(batch.tx, &endpoint).await?;
        told(batch, by, endpoint.id, "secret renewed");
        Ok(endpoint)
    }
}

impl UpdateEndpoint {
    /// What is changed, for the audit log.
    fn what(&self) -> String {
        let mut changes = Vec::new();
        match self.active {
            Some(true) => changes.push("switched on"),
            Some(false) => changes.push("switched off"),
            None => {}
        }
        for (what, given) in [
            ("URL changed", self.url.is_some()),
            ("description changed", self.description.is_some()),
            ("events changed", self.kinds.is_some()),
        ] {
            if given {
                changes.push(what);
            }
        }
        if changes.is_empty() { "saved unchanged".to_owned() } else { changes.join("; ") }
    }
}

/// Into the audit log; after the commit the worker looks, and whoever has the page open sees it.
pub(super) fn told(batch: &mut Batch<'_>, by: &By, id: WebhookEndpointId, what: impl Into<String>) {
    batch.webhooks_changed();
    batch.audit(by, Area::WebhookEndpoint, id, what);
}

pub(super) async fn fetch(batch: &Batch<'_>, org: OrgId, id: WebhookEndpointId) -> Result<Endpoint, Stop> {
    match endpoint_fetch_locked(batch.tx, org, id).await {
        Err(store::Error::NotFound) => Err(Refusal::NotFound("webhook endpoint").into()),
        other => Ok(other?),
    }
}

/// The types of events, each once; an empty list is a mistake, and not all of them.
fn known(kinds: Option<Vec<String>>) -> Result<Option<Vec<String>>, Refusal> {
    let Some(mut kinds) = kinds else { return Ok(None) };
    let strange = kinds.iter().any(|kind| !WEBHOOK_EVENTS.contains(&kind.as_str()));
    if strange || kinds.is_empty() {
        let message = format!("must be some of {}; leave it out for all", WEBHOOK_EVENTS.join(", "));
        return Err(Refusal::Invalid { field: "event_types", message });
    }
    kinds.sort();
    kinds.dedup();
    Ok(Some(kinds))
}

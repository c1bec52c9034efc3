//! The durable queue: events become deliveries, attempts are recorded, people try again.

use crate::batch::Batch;
use crate::notice::{To, What};
use crate::webhook::endpoint;
use crate::webhook::schedule::{self, ATTEMPTS};
use crate::webhook::send::Attempt;
use crate::{By, Command, Refusal, Stop};
use model::event::Event;
use model::webhook::{WEBHOOK_EVENTS, WEBHOOK_TEST};
use model::{Area, DeliveryState, EventId, NotificationKind, WebhookDeliveryId, WebhookEndpointId};
use store::webhook::{
    Delivery, Endpoint, Head, NewDelivery, delivery_fetch_locked, delivery_insert, delivery_prune,
    delivery_update, endpoint_advance, endpoint_list, endpoint_list_locked, endpoint_update, event_heads,
    event_stored,
};
use uuid::Uuid;

/// Events one transaction queues at most.
const PIECE: i64 = 1_000;
/// How long finished deliveries are listed, in seconds.
const KEPT: i64 = 30 * 24 * 3600;

/// Queues new events for the endpoints of an organisation that want them. Where an endpoint stands and what is queued
/// for it change together: an event is queued once.
pub(crate) struct QueueEvents;

impl Command for QueueEvents {
    type Output = usize;

    async fn run(&mut self, by: &By, batch: &mut Batch<'_>) -> Result<usize, Stop> {
        let endpoints = endpoint_list_locked(batch.tx, by.org).await?;
        let Some(after) = endpoints.iter().map(|e| e.cursor).min() else { return Ok(0) };
        let heads = event_heads(batch.tx, by.org, after, PIECE).await?;
        let Some(last) = heads.last().map(|head| head.cursor) else { return Ok(0) };
        let mut rows = Vec::new();
        for endpoint in &endpoints {
            let wanted = heads.iter().filter(|h| h.cursor > endpoint.cursor && wants(endpoint, h));
            rows.extend(wanted.map(|head| row(endpoint, head, batch.now.0)));
            endpoint_advance(batch.tx, by.org, endpoint.id, last).await?;
        }
        delivery_insert(batch.tx, &rows).await?;
        Ok(rows.len())
    }
}

fn wants(endpoint: &Endpoint, head: &Head) -> bool {
    !head.personal && WEBHOOK_EVENTS.contains(&head.kind.as_str()) && endpoint.wants(&head.kind)
}

fn row(endpoint: &Endpoint, head: &Head, now: i64) -> NewDelivery {
    NewDelivery {
        org_id: endpoint.org.0,
        endpoint_id: endpoint.id.0,
        id: Uuid::now_v7(),
        event_id: head.id.0,
        cursor: Some(head.cursor),
        kind: head.kind.clone(),
        state: DeliveryState::Pending.as_str(),
        attempts: 0,
        next_at: now,
        created_at: now,
    }
}

/// Records how an attempt went, and what follows from it.
pub(crate) struct RecordAttempt {
    pub(crate) endpoint: WebhookEndpointId,
    pub(crate) delivery: WebhookDeliveryId,
    pub(crate) attempt: Attempt,
    /// Random, from 0 to 1.
    pub(crate) jitter: f64,
    pub(crate) scale: f64,
}

impl Command for RecordAttempt {
    type Output = DeliveryState;

    async fn run(&mut self, by: &By, batch: &mut Batch<'_>) -> Result<DeliveryState, Stop> {
        // Locks are taken in this order everywhere: endpoint, delivery.
        let endpoint = endpoint::fetch(batch, by.org, self.endpoint).await?;
        let mut delivery = fetch(batch, by, self.endpoint, self.delivery).await?;
        if delivery.state != DeliveryState::Pending {
            return Ok(delivery.state);
        }
        let Attempt { status, error, response, ms, hopeless } = self.attempt.clone();
        delivery.attempts += 1;
        delivery.last_at = Some(batch.now.0);
        delivery.last_status = status.map(i64::from);
        delivery.last_error = error;
        delivery.last_response = response;
        delivery.last_ms = Some(ms);
        let mut off = None;
        match status {
            Some(200..=299) => delivery.state = DeliveryState::Delivered,
            Some(410) => {
                delivery.state = DeliveryState::Failed;
                off = Some("it answered 410 Gone".to_owned());
            }
            _ if hopeless => delivery.state = DeliveryState::Failed,
            _ => match schedule::delay(delivery.attempts, self.jitter, self.scale) {
                Some(wait) => delivery.next_at = batch.now.0 + wait,
                None => {
                    delivery.state = DeliveryState::Failed;
                    off = Some(format!("{ATTEMPTS} attempts over three days failed; {}", outcome(&delivery)));
                }
            },
        }
        delivery_update(batch.tx, by.org, &delivery).await?;
        if delivery.cursor.is_none() {
            // Whoever sends a test waits for it before the page.
            let (area, id) = (Area::WebhookEndpoint.as_str(), endpoint.id.to_string());
            batch.tell(by.org, Event::SettingsChanged { area, id });
        }
        if let Some(reason) = off.filter(|_| endpoint.active) {
            switch_off(batch, endpoint, reason).await?;
        }
        Ok(delivery.state)
    }
}

fn outcome(delivery: &Delivery) -> String {
    match (delivery.last_status, &delivery.last_error) {
        (Some(status), _) => format!("the last was answered {status}"),
        (None, Some(error)) => format!("the last: {error}"),
        (None, None) => "the last had no answer".to_owned(),
    }
}

async fn switch_off(batch: &mut Batch<'_>, mut endpoint: Endpoint, reason: String) -> store::Result<()> {
    let said = What::Said {
        kind: NotificationKind::WebhookDisabled,
        title: "A webhook endpoint was switched off".to_owned(),
        message: format!("Nothing is sent to {} any more: {reason}.", place(&endpoint)),
    };
    batch.notify(endpoint.org, To::Staff, said);
    endpoint.active = false;
    endpoint.disabled_reason = Some(reason);
    endpoint.changed_at = batch.now.0;
    endpoint_update(batch.tx, &endpoint).await?;
    endpoint::told(batch, &By::system(endpoint.org), endpoint.id, "switched off by failures");
    Ok(())
}

/// An endpoint in words: what it is for, else its host. The rest of a URL may hold a secret.
fn place(endpoint: &Endpoint) -> String {
    let url = reqwest::Url::parse(&endpoint.url).ok();
    let host = url.as_ref().and_then(|url| url.host_str()).unwrap_or("an endpoint");
    match endpoint.description.as_str() {
        "" => host.to_owned(),
        description => format!("{description} ({host})"),
    }
}

async fn fetch(
    batch: &Batch<'_>,
    by: &By,
    endpoint: WebhookEndpointId,
    id: WebhookDeliveryId,
) -> Result<Delivery, Stop> {
    match delivery_fetch_locked(batch.tx, by.org, endpoint, id).await {
        Err(store::Error::NotFound) => Err(Refusal::NotFound("delivery").into()),
        other => Ok(other?),
    }
}

/// Sends an event once more, now, with a schedule of its own.
#[derive(Debug, Clone, Copy)]
pub struct RetryDelivery {
    /// To which endpoint.
    pub endpoint: WebhookEndpointId,
    /// Which.
    pub delivery: WebhookDeliveryId,
}

impl Command for RetryDelivery {
    type Output = Delivery;

    async fn run(&mut self, by: &By, batch: &mut Batch<'_>) -> Result<Delivery, Stop> {
        let endpoint = endpoint::fetch(batch, by.org, self.endpoint).await?;
        let mut delivery = fetch(batch, by, self.endpoint, self.delivery).await?;
        if !endpoint.active {
            return Err(Refusal::EndpointOff.into());
        }
        if let Some(cursor) = delivery.cursor
            && !event_stored(batch.tx, by.org, cursor).await?
        {
            return Err(Refusal::EventGone.into());
        }
        delivery.state = DeliveryState::Pending;
        delivery.attempts = 0;
        delivery.next_at = batch.now.0;
        delivery_update(batch.tx, by.org, &delivery).await?;
        batch.webhooks_changed();
        Ok(delivery)
    }
}

/// Sends an endpoint an event of its own, to see whether it arrives.
#[derive(Debug, Clone, Copy)]
pub struct TestEndpoint(pub WebhookEndpointId);

impl Command for TestEndpoint {
    type Output = Delivery;

    async fn run(&mut self, by: &By, batch: &mut Batch<'_>) -> Result<Delivery, Stop> {
        let endpoint = endpoint::fetch(batch, by.org, self.0).await?;
        if !endpoint.active {
            return Err(Refusal::EndpointOff.into());
        }
        let id = EventId(Uuid::now_v7());
        let head = Head { cursor: 0, id, kind: WEBHOOK_TEST.to_owned(), personal: false };
        let row = NewDelivery { cursor: None, ..row(&endpoint, &head, batch.now.0) };
        let id = WebhookDeliveryId(row.id);
        delivery_insert(batch.tx, &[row]).await?;
        batch.webhooks_changed();
        fetch(batch, by, self.0, id).await
    }
}

/// Removes finished deliveries that are too old to be of interest.
pub(crate) struct PruneDeliveries {
    pub(crate) limit: i64,
}

impl Command for PruneDeliveries {
    type Output = u64;

    async fn run(&mut self, by: &By, batch: &mut Batch<'_>) -> Result<u64, Stop> {
        let before = batch.now.plus_seconds(-KEPT).0;
        let mut gone = 0;
        for endpoint in endpoint_list(batch.tx, by.org, None, 500).await? {
            gone += delivery_prune(batch.tx, by.org, endpoint.id, before, self.limit).await?;
        }
        Ok(gone)
    }
}

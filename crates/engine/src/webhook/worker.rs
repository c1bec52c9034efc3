//! The worker: one in the whole installation (a lease), woken by what was committed, asleep until then.

use crate::jobs::{FinishJob, Job, TakeLease};
use crate::webhook::queue::{QueueEvents, RecordAttempt};
use crate::webhook::send::Sender;
use crate::{By, Effects, Engine, Failure};
use model::{DeliveryState, Micros, OrgId, WebhookDeliveryId, WebhookEndpointId};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;
use store::webhook::{Due, delivery_list_due, delivery_next, endpoint_fetch, endpoint_list_active};
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio::task::JoinSet;

/// The worker in the list of jobs. Its lease is short: after a crash another takes over within seconds.
pub(crate) const WEBHOOKS: Job = Job {
    name: "webhooks",
    what: "sends events to webhook endpoints, and again where that failed",
    every: 3,
};

/// Requests under way to one endpoint: a slow one keeps only its own events waiting.
const AT_ONCE: usize = 4;
/// Requests under way in all.
const ALL_AT_ONCE: usize = 128;
/// The worker looks this often although nothing woke it: for what another process commits.
const LOOK_EVERY: Duration = Duration::from_secs(3);
/// Between two looks: what is committed meanwhile is queued together.
const BREATH: Duration = Duration::from_millis(20);

type Key = (OrgId, WebhookEndpointId);
type Sent = (Key, WebhookDeliveryId, Option<DeliveryState>);

/// Queues events and sends what is due, until it is dropped.
pub(crate) async fn deliver(engine: Engine) {
    let mut effects = engine.live().subscribe();
    let mut worker = Worker::new(engine);
    loop {
        let pause = worker.look().await.unwrap_or_else(|error| {
            tracing::warn!(%error, "webhooks could not be looked at; the worker will try again");
            LOOK_EVERY
        });
        let orgs: HashSet<OrgId> = worker.tracks.keys().map(|key| key.0).collect();
        tokio::select! {
            Some(sent) = worker.sends.join_next() => worker.sent(sent.ok()),
            news = news(&mut effects, &orgs) => match news {
                News::Events => {}
                News::Anything => worker.look_again(|_| true),
                News::Ends => return,
            },
            () = tokio::time::sleep(pause) => {}
        }
        tokio::time::sleep(BREATH).await;
    }
}

/// What is known of an endpoint between two looks.
#[derive(Default)]
struct Track {
    /// When its next delivery is due, beside those under way; `None`: to be looked up.
    next: Option<i64>,
    under_way: HashSet<WebhookDeliveryId>,
}

struct Worker {
    engine: Engine,
    sender: Sender,
    tracks: HashMap<Key, Track>,
    sends: JoinSet<Sent>,
    /// Until when the lease is ours.
    ours_until: i64,
    delivered: u64,
    failed: u64,
}

impl Worker {
    fn new(engine: Engine) -> Self {
        let sender = Sender::new(engine.settings().webhooks.allow_internal);
        let (tracks, sends) = (HashMap::new(), JoinSet::new());
        Self { engine, sender, tracks, sends, ours_until: 0, delivered: 0, failed: 0 }
    }

    /// Queues what is new and sends what is due; how long nothing needs to be looked at.
    async fn look(&mut self) -> Result<Duration, Failure> {
        while let Some(sent) = self.sends.try_join_next() {
            self.sent(sent.ok());
        }
        let endpoints = endpoint_list_active(self.engine.reader()).await?;
        let keys: HashSet<Key> = endpoints.iter().map(|(e, _)| (e.org, e.id)).collect();
        self.tracks.retain(|key, track| keys.contains(key) || !track.under_way.is_empty());
        let now = self.engine.now().0;
        let behind: BTreeSet<OrgId> =
            endpoints.iter().filter(|(e, newest)| e.cursor < *newest).map(|(e, _)| e.org).collect();
        let quiet = |key: &Key| self.tracks.get(key).is_some_and(|t| t.next.is_some_and(|next| next > now));
        if behind.is_empty() && self.sends.is_empty() && keys.iter().all(quiet) {
            self.give_back(now).await?;
            return Ok(self.pause(now));
        }
        if !self.hold(now).await? {
            self.look_again(|_| true);
            return Ok(LOOK_EVERY);
        }
        for org in behind {
            self.engine.run_quietly(&By::system(org), QueueEvents).await?;
            self.look_again(|key| key.0 == org);
        }
        for (endpoint, _) in endpoints {
            self.send_due((endpoint.org, endpoint.id)).await?;
        }
        Ok(self.pause(now))
    }

    /// Has the endpoints looked up again.
    fn look_again(&mut self, which: impl Fn(&Key) -> bool) {
        let tracks = self.tracks.iter_mut().filter(|(key, _)| which(key));
        tracks.for_each(|(_, track)| track.next = None);
    }

    fn pause(&self, now: i64) -> Duration {
        let next = self.tracks.values().map(|track| track.next.unwrap_or(now)).min().unwrap_or(i64::MAX);
        Duration::from_micros(next.saturating_sub(now).max(0) as u64).min(LOOK_EVERY)
    }

    async fn send_due(&mut self, key: Key) -> Result<(), Failure> {
        let now = self.engine.now().0;
        let track = self.tracks.entry(key).or_default();
        let room =
            AT_ONCE.saturating_sub(track.under_way.len()).min(ALL_AT_ONCE.saturating_sub(self.sends.len()));
        if track.next.is_some_and(|next| next > now) {
            return Ok(());
        }
        if room == 0 {
            // One that comes back makes room and looks again.
            track.next = Some(i64::MAX);
            return Ok(());
        }
        let limit = (AT_ONCE + room) as i64;
        let due = delivery_list_due(self.engine.reader(), key.0, key.1, now, limit).await?;
        let fresh = due.into_iter().filter(|d| !track.under_way.contains(&d.delivery.id));
        let fresh: Vec<Due> = fresh.take(room).collect();
        track.under_way.extend(fresh.iter().map(|d| d.delivery.id));
        track.next = match fresh.len() == room {
            true => Some(i64::MAX),
            false => Some(delivery_next(self.engine.reader(), key.0, key.1, now).await?.unwrap_or(i64::MAX)),
        };
        for due in fresh {
            self.sends.spawn(send(self.engine.clone(), self.sender.clone(), key, due));
        }
        Ok(())
    }

    /// Takes note of an attempt that has been recorded.
    fn sent(&mut self, sent: Option<Sent>) {
        let Some((key, delivery, state)) = sent else {
            // A task that died does not say which it was: what was under way is sent again.
            return self.tracks.clear();
        };
        match state {
            Some(DeliveryState::Delivered) => self.delivered += 1,
            _ => self.failed += 1,
        }
        if let Some(track) = self.tracks.get_mut(&key) {
            track.under_way.remove(&delivery);
        }
        // There is room again, perhaps for another endpoint.
        let was_full = self.sends.len() + 1 == ALL_AT_ONCE;
        self.look_again(|other| *other == key || was_full);
    }

    /// Takes or renews the lease; whether it is ours.
    async fn hold(&mut self, now: i64) -> Result<bool, Failure> {
        let lasts = WEBHOOKS.every * 4 * Micros::SECOND;
        if self.ours_until - now > lasts / 2 {
            return Ok(true);
        }
        let take = TakeLease { job: WEBHOOKS, holder: self.engine.name().to_owned() };
        let ours = self.engine.run_quietly(&By::system(OrgId(0)), take).await?;
        self.ours_until = if ours { now + lasts } else { 0 };
        Ok(ours)
    }

    /// Lets go of a lease that has not been needed for a while, and says what was done under it.
    async fn give_back(&mut self, now: i64) -> Result<(), Failure> {
        if self.ours_until == 0 || self.ours_until - now > WEBHOOKS.every * 2 * Micros::SECOND {
            return Ok(());
        }
        self.ours_until = 0;
        let (delivered, failed) = (std::mem::take(&mut self.delivered), std::mem::take(&mut self.failed));
        let result = format!("{delivered} delivered, {failed} attempts failed");
        let finish = FinishJob { job: WEBHOOKS, holder: self.engine.name().to_owned(), result };
        self.engine.run_quietly(&By::system(OrgId(0)), finish).await
    }
}

enum News {
    /// An organisation with endpoints has new events.
    Events,
    /// Endpoints or deliveries were changed by hand; or it is not known what happened.
    Anything,
    Ends,
}

/// Waits for something that concerns an endpoint.
async fn news(effects: &mut Receiver<Arc<Effects>>, orgs: &HashSet<OrgId>) -> News {
    loop {
        match effects.recv().await {
            Ok(effects) if effects.webhooks_changed => return News::Anything,
            Ok(effects) if effects.cursors.iter().any(|(org, _)| orgs.contains(org)) => return News::Events,
            Ok(_) => {}
            Err(RecvError::Lagged(_)) => return News::Anything,
            Err(RecvError::Closed) => return News::Ends,
        }
    }
}

async fn send(engine: Engine, sender: Sender, (org, endpoint): Key, due: Due) -> Sent {
    let id = due.delivery.id;
    // As it is now: its secret, its URL or its switch may have changed since it was looked at.
    let endpoint = match endpoint_fetch(engine.reader(), org, endpoint).await {
        Ok(endpoint) if endpoint.active => endpoint,
        Ok(_) | Err(_) => return ((org, endpoint), id, None),
    };
    let attempt = sender.send(&endpoint, &due, engine.now()).await;
    let jitter = f64::from(u32::from_be_bytes(random())) / f64::from(u32::MAX);
    let scale = engine.settings().webhooks.retry_scale;
    let record = RecordAttempt { endpoint: endpoint.id, delivery: id, attempt, jitter, scale };
    let state = match engine.run_quietly(&By::system(org), record).await {
        Ok(state) => Some(state),
        // Removed meanwhile, with its endpoint.
        Err(Failure::Refused(_)) => None,
        Err(error) => {
            tracing::warn!(%error, "the attempt of a webhook could not be recorded: it will be sent again");
            tokio::time::sleep(LOOK_EVERY).await;
            None
        }
    };
    ((org, endpoint.id), id, state)
}

fn random() -> [u8; 4] {
    let [.., a, b, c, d] = uuid::Uuid::new_v4().into_bytes();
    [a, b, c, d]
}

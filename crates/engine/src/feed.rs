//! The feed's wake-ups: how far each organisation has come, known in this process the moment it is committed.
//!
//! It carries no event and no truth, only "look there": whoever listens reads the outbox behind its own cursor. What
//! this process commits it hears at once; what others commit it sees on an embedded database by a sign of SQLite
//! every 100 ms, on PostgreSQL by asking five times a second, or by NATS, which wakes at once and is nothing more:
//! without it the asking goes on.

mod nats;
mod others;

use crate::{Effects, Engine, Failure};
use model::OrgId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
pub use store::feed::Standing;
use tokio::sync::{broadcast, watch};
use tokio::task::JoinSet;

/// Who listens to which organisation. Cheap to clone.
#[derive(Clone, Default)]
pub struct Feed {
    listened: Arc<Mutex<HashMap<OrgId, watch::Sender<Standing>>>>,
}

impl Feed {
    /// From now on the standing of an organisation, first as it is now.
    pub async fn listen(&self, engine: &Engine, org: OrgId) -> Result<watch::Receiver<Standing>, Failure> {
        let receiver =
            self.lock().entry(org).or_insert_with(|| watch::channel(Standing::default()).0).subscribe();
        // Asked after the subscription: nothing falls in between.
        self.ask(engine, &[org]).await?;
        Ok(receiver)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<OrgId, watch::Sender<Standing>>> {
        // The map is whole after every statement that changes it.
        self.listened.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// The organisations somebody listens to; those nobody does any more are forgotten.
    fn listened(&self) -> Vec<OrgId> {
        let mut listened = self.lock();
        listened.retain(|_, sender| sender.receiver_count() > 0);
        listened.keys().copied().collect()
    }

    async fn ask(&self, engine: &Engine, orgs: &[OrgId]) -> Result<(), Failure> {
        if orgs.is_empty() {
            return Ok(());
        }
        for (org, standing) in store::feed::standing_list(engine.reader(), orgs).await? {
            self.reached(org, standing);
        }
        Ok(())
    }

    /// Asks for every organisation somebody listens to.
    async fn ask_all(&self, engine: &Engine) {
        if let Err(error) = self.ask(engine, &self.listened()).await {
            tracing::warn!(%error, "the feed could not ask how far the events have come; it will ask again");
        }
    }

    /// An organisation has come that far. Never back: answers may overtake each other.
    fn reached(&self, org: OrgId, to: Standing) {
        if let Some(sender) = self.lock().get(&org) {
            sender.send_if_modified(|now| {
                let next = Standing { cursor: now.cursor.max(to.cursor), access: now.access.max(to.access) };
                std::mem::replace(now, next) != next
            });
        }
    }

    fn committed(&self, effects: &Effects) {
        for (org, standing) in standings(effects) {
            self.reached(org, standing);
        }
    }
}

/// What a commit says of each organisation.
fn standings(effects: &Effects) -> HashMap<OrgId, Standing> {
    let mut all: HashMap<OrgId, Standing> = HashMap::new();
    for (org, cursor) in &effects.cursors {
        all.entry(*org).or_default().cursor = *cursor;
    }
    for (org, access) in &effects.access {
        all.entry(*org).or_default().access = *access;
    }
    all
}

/// The running feed. Dropped, it ends.
pub struct FeedTasks {
    tasks: JoinSet<()>,
}

impl FeedTasks {
    /// Ends the feed: nothing is lost, whoever listens next reads on.
    pub async fn stop(mut self) {
        self.tasks.shutdown().await;
    }
}

/// Starts to hear what is committed, here and elsewhere. `nats` is the URL of a NATS server, or empty.
pub fn start(engine: &Engine, nats: &str) -> FeedTasks {
    let mut tasks = JoinSet::new();
    tasks.spawn(hear(engine.clone()));
    let bus = (!nats.is_empty()).then(nats::Bus::default);
    tasks.spawn(others::watch(engine.clone(), bus.clone()));
    if let Some(bus) = bus {
        tasks.spawn(nats::serve(engine.clone(), bus, nats.to_owned()));
    }
    FeedTasks { tasks }
}

async fn hear(engine: Engine) {
    let mut effects = engine.live().subscribe();
    loop {
        match effects.recv().await {
            Ok(effects) => engine.feed().committed(&effects),
            Err(broadcast::error::RecvError::Lagged(_)) => engine.feed().ask_all(&engine).await,
            Err(broadcast::error::RecvError::Closed) => return,
        }
    }
}

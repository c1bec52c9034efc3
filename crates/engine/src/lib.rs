//! Commands and jobs: load facts, decide, record once.
//!
//! What belongs here: what happens when somebody asks for a change, whoever asks (HTTP, command line, job). What
//! never will: SQL (`store`), a rule (`routing`, `intake`), a wire format (`web`).

pub mod access;
mod actor;
pub mod agent;
mod answers;
pub mod assign;
mod batch;
pub mod check;
mod command;
mod committer;
pub mod feed;
pub mod import;
mod index;
pub mod jobs;
pub mod lead;
mod live;
pub mod mail;
mod notice;
pub mod notification;
pub mod organization;
pub mod overview;
mod refusal;
mod settings;
pub mod source;
pub mod ticket;
pub mod user;
pub mod webhook;

pub use actor::{By, Scope};
pub use batch::{Batch, Effects};
pub use command::{Command, Failure, IdempotencyKey, Render, Reply, Stop};
/// What the edges need of it: payloads, previews, safe cells.
pub use intake;
pub use live::Live;
pub use refusal::Refusal;
pub use settings::Settings;

use model::Micros;
use std::sync::{Arc, Mutex};
use store::{Reader, Target};

/// Where the time comes from: the system's clock, or a test's.
pub type Clock = Arc<dyn Fn() -> Micros + Send + Sync>;

/// The system's clock.
pub fn system_clock() -> Clock {
    Arc::new(|| Micros::from_timestamp(jiff::Timestamp::now()))
}

/// The running engine. Cheap to clone; the last clone to go ends the committer after it has drained its queue.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    queue: committer::Queue,
    reader: Reader,
    clock: Clock,
    live: Live,
    feed: feed::Feed,
    throttle: access::Throttle,
    target: Target,
    settings: Settings,
    /// This process, in leases.
    name: String,
    thread: Mutex<Option<std::thread::JoinHandle<()>>>,
}

impl Engine {
    /// Opens a database that has been migrated and starts the committer.
    pub async fn start(target: &Target, clock: Clock, settings: Settings) -> Result<Self, Failure> {
        let live = Live::new();
        let (queue, thread, ready) = committer::start(target.clone(), clock.clone(), live.clone())
            .map_err(|e| Failure::Busy(format!("cannot start a thread: {e}")))?;
        ready.await.map_err(|_| Failure::Busy("the committer stopped".to_owned()))??;
        let reader = Reader::open(target).await?;
        let name = format!("{}-{}", std::process::id(), uuid::Uuid::now_v7().simple());
        Ok(Self {
            inner: Arc::new(Inner {
                queue,
                reader,
                clock,
                live,
                feed: feed::Feed::default(),
                throttle: access::Throttle::default(),
                target: target.clone(),
                settings,
                name,
                thread: Mutex::new(Some(thread)),
            }),
        })
    }

    /// For reading; reads skip the engine.
    pub fn reader(&self) -> &Reader {
        &self.inner.reader
    }

    /// What the rest of the process learns after each commit.
    pub fn live(&self) -> &Live {
        &self.inner.live
    }

    /// How far organisations have come, for whoever follows their events.
    pub fn feed(&self) -> &feed::Feed {
        &self.inner.feed
    }

    /// The time.
    pub fn now(&self) -> Micros {
        (self.inner.clock)()
    }

    pub(crate) fn queue(&self) -> &committer::Queue {
        &self.inner.queue
    }

    pub(crate) fn throttle(&self) -> &access::Throttle {
        &self.inner.throttle
    }

    pub(crate) fn target(&self) -> &Target {
        &self.inner.target
    }

    /// What the installation decided.
    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    pub(crate) fn name(&self) -> &str {
        &self.inner.name
    }

    /// Lets go of the engine and waits until everything handed over is committed and answered. Other clones must be
    /// gone, or go soon.
    pub async fn shutdown(self) {
        let thread = self.inner.thread.lock().ok().and_then(|mut thread| thread.take());
        drop(self);
        if let Some(thread) = thread {
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
    }
}

//! A command: something somebody wants changed, with its typed answer.

use crate::batch::Batch;
use crate::committer::{Item, Job, LocalFuture};
use crate::{By, Engine, Refusal};
use store::idempotency::{StoredAnswer, answer_fetch, answer_insert};
use tokio::sync::oneshot;

/// Something that changes the data. It may be run twice (a batch is rolled back and run again), so it keeps what it
/// needs; it refuses before it writes.
pub trait Command: Send + 'static {
    /// The answer.
    type Output: Send + 'static;
    /// Loads facts, decides, records.
    fn run(&mut self, by: &By, batch: &mut Batch<'_>) -> impl Future<Output = Result<Self::Output, Stop>>;

    /// Whether this was a step of a longer work whose last command follows: its answer need not wait for the disk,
    /// because whoever hears of the work hears of it after that last command, and what is durable by then includes
    /// every step before.
    fn is_step(_output: &Self::Output) -> bool {
        false
    }
}

/// Why a command ended without its answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Stop {
    /// A decided answer.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Why the caller gets no answer to its command.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Failure {
    /// Decided: nothing was changed.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Nothing was changed, trying again may help: 503.
    #[error("busy: {0}")]
    Busy(String),
    /// Our mistake, or damaged data: 500.
    #[error("internal: {0}")]
    Internal(String),
}

impl From<store::Error> for Failure {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::NotFound => Self::Refused(Refusal::NotFound("thing")),
            store::Error::Busy(text) | store::Error::Conflict(text) => Self::Busy(text),
            store::Error::Corrupt(text) => Self::Internal(text),
        }
    }
}

/// The caller's key for a request that must not take effect twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// The header's value.
    pub key: String,
    /// SHA-256 of method, path and body.
    pub request_hash: Vec<u8>,
}

/// The answer to a command.
#[derive(Debug, Clone)]
pub enum Reply<T> {
    /// It took effect now.
    Fresh(T),
    /// Under an idempotency key: as it is stored, from now or from before.
    Stored {
        /// HTTP status.
        status: u16,
        /// Body.
        body: String,
        /// From before: nothing was changed now.
        replayed: bool,
    },
}

/// Turns an outcome into the status and body that are stored under a key.
pub type Render<T> = fn(&Result<T, Refusal>) -> (u16, String);

/// What a command was answered, or is to be answered once the batch is committed.
pub(crate) type Outcome<T> = Result<Reply<T>, Refusal>;

/// The two things a caller may bring along: its key, and how to render the answer.
pub(crate) struct Keyed<T> {
    pub(crate) key: IdempotencyKey,
    pub(crate) render: Render<T>,
}

impl<T> Keyed<T> {
    /// The stored answer, if the key was used before.
    pub(crate) async fn earlier(&self, by: &By, batch: &Batch<'_>) -> store::Result<Option<Outcome<T>>> {
        let since = batch.now.plus_seconds(-store::idempotency::KEPT_SECONDS).0;
        let found = answer_fetch(batch.tx, by.org, &self.key.key, since).await?;
        Ok(found.map(|answer| self.replay(answer)))
    }

    /// What an answer stored under the key means for this request.
    pub(crate) fn replay(&self, answer: StoredAnswer) -> Outcome<T> {
        if answer.request_hash != self.key.request_hash {
            return Err(Refusal::KeyReused);
        }
        Ok(Reply::Stored { status: answer.status as u16, body: answer.answer, replayed: true })
    }

    /// Stores the answer with its effect.
    pub(crate) async fn keep(
        &self,
        by: &By,
        batch: &Batch<'_>,
        outcome: &Result<T, Refusal>,
    ) -> store::Result<Outcome<T>> {
        let (answer, reply) = self.rendered(outcome);
        answer_insert(batch.tx, by.org, &self.key.key, &answer, batch.now.0).await?;
        Ok(reply)
    }

    /// The answer as it is stored, and as it is given now.
    pub(crate) fn rendered(&self, outcome: &Result<T, Refusal>) -> (StoredAnswer, Outcome<T>) {
        let (status, body) = (self.render)(outcome);
        let request_hash = self.key.request_hash.clone();
        let answer = StoredAnswer { request_hash, status: i64::from(status), answer: body.clone() };
        (answer, Ok(Reply::Stored { status, body, replayed: false }))
    }
}

struct Pending<C: Command> {
    command: C,
    by: By,
    keyed: Option<Keyed<C::Output>>,
    outcome: Option<Outcome<C::Output>>,
    reply: oneshot::Sender<Result<Reply<C::Output>, Failure>>,
}

impl<C: Command> Pending<C> {
    async fn outcome(&mut self, batch: &mut Batch<'_>) -> store::Result<Outcome<C::Output>> {
        batch.working_for(self.by.org);
        if let Some(keyed) = &self.keyed
            && let Some(earlier) = keyed.earlier(&self.by, batch).await?
        {
            return Ok(earlier);
        }
        let outcome = match self.command.run(&self.by, batch).await {
            Ok(output) => Ok(output),
            Err(Stop::Refused(refusal)) => Err(refusal),
            Err(Stop::Store(error)) => return Err(error),
        };
        match &self.keyed {
            Some(keyed) => keyed.keep(&self.by, batch, &outcome).await,
            None => Ok(outcome.map(Reply::Fresh)),
        }
    }
}

/// What the caller hears, the batch being committed or not.
pub(crate) fn answered<T>(
    committed: Result<(), Failure>,
    outcome: Option<Outcome<T>>,
) -> Result<Reply<T>, Failure> {
    committed?;
    let missing = || Failure::Internal("a command was committed without an answer".to_owned());
    Ok(outcome.ok_or_else(missing)??)
}

impl<C: Command> Job for Pending<C> {
    fn run<'a>(&'a mut self, batch: &'a mut Batch<'_>) -> LocalFuture<'a, store::Result<()>> {
        Box::pin(async move {
            self.outcome = Some(self.outcome(batch).await?);
            Ok(())
        })
    }

    fn is_step(&self) -> bool {
        matches!(&self.outcome, Some(Ok(Reply::Fresh(output))) if C::is_step(output))
    }

    fn answer(self: Box<Self>, committed: Result<(), Failure>) {
        let Self { outcome, reply, .. } = *self;
        // A caller that has gone away is no error.
        let _ = reply.send(answered(committed, outcome));
    }
}

impl Engine {
    /// Runs a command and answers after its commit.
    pub async fn run<C: Command>(&self, by: &By, command: C) -> Result<C::Output, Failure> {
        self.submit(by, command, None, Way::Quick).await.and_then(fresh)
    }

    /// The same for a command that no person waits for: bulk work need not make room for it.
    pub(crate) async fn run_quietly<C: Command>(&self, by: &By, command: C) -> Result<C::Output, Failure> {
        self.submit(by, command, None, Way::Quiet).await.and_then(fresh)
    }

    /// Runs a command once under a key: the same key gives the same answer and no second effect for 24 hours.
    pub async fn run_keyed<C: Command>(
        &self,
        by: &By,
        command: C,
        key: Option<IdempotencyKey>,
        render: Render<C::Output>,
    ) -> Result<Reply<C::Output>, Failure> {
        self.submit(by, command, key.map(|key| Keyed { key, render }), Way::Quick).await
    }

    /// Runs a piece of bulk work: it waits for room in the queue and lets others go first.
    pub(crate) async fn run_bulk<C: Command>(&self, by: &By, command: C) -> Result<C::Output, Failure> {
        self.submit(by, command, None, Way::Bulk).await.and_then(fresh)
    }

    async fn submit<C: Command>(
        &self,
        by: &By,
        command: C,
        keyed: Option<Keyed<C::Output>>,
        way: Way,
    ) -> Result<Reply<C::Output>, Failure> {
        let (reply, answer) = oneshot::channel();
        let item = Item::Other(Box::new(Pending { command, by: by.clone(), keyed, outcome: None, reply }));
        match way {
            Way::Quick => self.queue().quick(item)?,
            Way::Quiet => self.queue().quiet(item)?,
            Way::Bulk => self.queue().bulk(item).await?,
        }
        answer.await.map_err(|_| Failure::Busy("the server stopped before the answer".to_owned()))?
    }
}

/// How a command gets to the committer.
enum Way {
    /// Somebody waits for it.
    Quick,
    /// It goes with those, but nobody waits.
    Quiet,
    /// It waits for room and lets others go first.
    Bulk,
}

fn fresh<T>(reply: Reply<T>) -> Result<T, Failure> {
    match reply {
        Reply::Fresh(output) => Ok(output),
        Reply::Stored { .. } => Err(Failure::Internal("an unkeyed command has a stored answer".to_owned())),
    }
}

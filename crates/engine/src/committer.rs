//! The one door through which the data changes: a bounded queue, group commit, answers only after the commit.
//!
//! The committer owns the writer on a thread of its own. It takes what waits (leads to create are handled together,
//! everything else one after the other), runs it in one transaction, commits once, then answers. If the database
//! refuses the batch, it is rolled back and run again command by command, so that one bad command never costs
//! another its answer. Bulk work has a queue of its own and gets one turn after each turn of the others. The answers
//! go out beside the committer, when the disk has what they tell ([`Answers`]).

use crate::answers::Answers;
use crate::batch::{Batch, Effects};
use crate::lead::create::{CreateJob, create_leads};
use crate::{Clock, Failure, Live};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use store::checkpoint::Checkpointer;
use store::{Target, Writer};
use tokio::sync::mpsc;

/// How many commands may wait before the answer is 503.
const QUEUE: usize = 4096;
/// How many are committed together at most.
const BATCH: usize = 512;

pub(crate) type LocalFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// A command on its way: run (perhaps twice), then answered.
pub(crate) trait Job: Send {
    /// Runs inside the batch's transaction and keeps its answer.
    fn run<'a>(&'a mut self, batch: &'a mut Batch<'_>) -> LocalFuture<'a, store::Result<()>>;
    /// Whether it was a step of a longer work, whose answer need not wait for the disk.
    fn is_step(&self) -> bool;
    /// Gives the kept answer, or says why there is none.
    fn answer(self: Box<Self>, committed: Result<(), Failure>);
}

pub(crate) enum Item {
    Create(Box<CreateJob>),
    Other(Box<dyn Job>),
}

impl Item {
    pub(crate) fn is_step(&self) -> bool {
        match self {
            Self::Create(_) => false,
            Self::Other(job) => job.is_step(),
        }
    }

    pub(crate) fn answer(self, committed: Result<(), Failure>) {
        match self {
            Self::Create(job) => job.answer(committed),
            Self::Other(job) => job.answer(committed),
        }
    }
}

/// The sending ends of the queues.
#[derive(Clone)]
pub(crate) struct Queue {
    quick: mpsc::Sender<Item>,
    bulk: mpsc::Sender<Item>,
    began: Instant,
    /// Milliseconds since `began` when a command last came that somebody waits for; 0: never.
    last_quick: Arc<AtomicU64>,
}

/// How long after such a command bulk work still goes in small pieces, in milliseconds.
const BUSY_FOR: u64 = 300;

impl Queue {
    /// Hands over a command that somebody waits for; a full queue says so at once.
    pub(crate) fn quick(&self, item: Item) -> Result<(), Failure> {
        self.last_quick.store(self.elapsed().max(1), Ordering::Relaxed);
        self.quiet(item)
    }

    /// The same for a command that nobody waits for.
    pub(crate) fn quiet(&self, item: Item) -> Result<(), Failure> {
        self.quick.try_send(item).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => Failure::Busy("too many requests are waiting".to_owned()),
            mpsc::error::TrySendError::Closed(_) => Failure::Busy("the server is stopping".to_owned()),
        })
    }

    fn elapsed(&self) -> u64 {
        self.began.elapsed().as_millis() as u64
    }

    /// Somebody else uses the writer just now.
    pub(crate) fn is_busy(&self) -> bool {
        let last = self.last_quick.load(Ordering::Relaxed);
        last > 0 && self.elapsed().saturating_sub(last) < BUSY_FOR
    }

    /// Hands over a piece of bulk work, waiting for room.
    pub(crate) async fn bulk(&self, item: Item) -> Result<(), Failure> {
        self.bulk.send(item).await.map_err(|_| Failure::Busy("the server is stopping".to_owned()))
    }
}

/// Starts the committer's thread. It ends, and the handle with it, when every [`Queue`] is gone and drained.
pub(crate) fn start(
    target: Target,
    clock: Clock,
    live: Live,
) -> std::io::Result<(Queue, std::thread::JoinHandle<()>, tokio::sync::oneshot::Receiver<store::Result<()>>)>
{
    let (quick, quick_rx) = mpsc::channel(QUEUE);
    let (bulk, bulk_rx) = mpsc::channel(2);
    let (ready, is_ready) = tokio::sync::oneshot::channel();
    let work = move || {
        let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => {
                let _ = ready.send(Err(store::Error::Busy(error.to_string())));
                return;
            }
        };
        runtime.block_on(async move {
            match Writer::open(&target).await {
                Ok(writer) => {
                    let answers = match Answers::start(&target, live) {
                        Ok(answers) => answers,
                        Err(error) => {
                            let _ = ready.send(Err(store::Error::Busy(error.to_string())));
                            return;
                        }
                    };
                    let _ = ready.send(Ok(()));
                    let checkpointer = Checkpointer::start(&target).unwrap_or_else(|error| {
                        tracing::error!(%error, "the write-ahead log is not carried home");
                        None
                    });
                    Committer { answers, writer, clock, checkpointer }.serve(quick_rx, bulk_rx).await;
                }
                Err(error) => {
                    let _ = ready.send(Err(error));
                }
            }
        });
    };
    let thread = std::thread::Builder::new().name("committer".to_owned()).spawn(work)?;
    let queue = Queue { quick, bulk, began: Instant::now(), last_quick: Arc::default() };
    Ok((queue, thread, is_ready))
}

struct Committer {
    /// Before the writer: it is dropped first, while the log is there.
    answers: Answers,
    writer: Writer,
    clock: Clock,
    checkpointer: Option<Checkpointer>,
}

impl Committer {
    async fn serve(self, mut quick: mpsc::Receiver<Item>, mut bulk: mpsc::Receiver<Item>) {
        loop {
            let mut items = Vec::new();
            tokio::select! {
                biased;
                Some(item) = quick.recv() => {
                    items.push(item);
                    drain(&mut quick, &mut items);
                }
                Some(item) = bulk.recv() => items.push(item),
                else => return,
            }
            self.commit(items).await;
            // Fair to both: one piece of bulk work after each batch of the others.
            if let Ok(item) = bulk.try_recv() {
                self.commit(vec![item]).await;
            }
            self.writer.tidy(self.checkpointer.as_ref());
        }
    }

    async fn commit(&self, mut items: Vec<Item>) {
        if let Some(failure) = self.answers.broken() {
            return items.into_iter().for_each(|item| item.answer(Err(failure.clone())));
        }
        let outcome = self.attempt(&mut items).await;
        match outcome {
            Ok(effects) => self.answers.give(items, effects),
            Err(error) if items.len() == 1 => self.once_more(items, error).await,
            Err(error) => {
                tracing::warn!(%error, commands = items.len(), "batch refused, running its commands one by one");
                for item in items {
                    let mut alone = vec![item];
                    match self.attempt(&mut alone).await {
                        Ok(effects) => self.answers.give(alone, effects),
                        Err(error) => self.once_more(alone, error).await,
                    }
                }
            }
        }
    }

    /// A command that lost a race (another node was first) finds the winner's result when it runs again.
    async fn once_more(&self, mut items: Vec<Item>, error: store::Error) {
        let mut last = error;
        for _ in 0..3 {
            if !matches!(last, store::Error::Conflict(_)) {
                break;
            }
            match self.attempt(&mut items).await {
                Ok(effects) => return self.answers.give(items, effects),
                Err(error) => last = error,
            }
        }
        match &last {
            // Trouble that passes, or a race that was lost: the caller hears of it.
            store::Error::Busy(_) | store::Error::Conflict(_) => {
                tracing::warn!(error = %last, "command failed")
            }
            _ => tracing::error!(error = %last, "command failed"),
        }
        let failure = Failure::from(last);
        items.into_iter().for_each(|item| item.answer(Err(failure.clone())));
    }

    async fn attempt(&self, items: &mut [Item]) -> store::Result<Effects> {
        let tx = self.writer.begin().await?;
        let now = (self.clock)();
        let mut batch = Batch::new(&tx, now);
        let ran = run(&mut batch, items).await;
        let finished = match ran {
            Ok(()) => batch.finish().await,
            Err(error) => Err(error),
        };
        match finished {
            Ok(effects) => {
                tx.commit().await?;
                Ok(effects)
            }
            Err(error) => {
                // The connection may be gone: then there is nothing left to undo.
                let _ = tx.rollback().await;
                Err(error)
            }
        }
    }
}

async fn run(batch: &mut Batch<'_>, items: &mut [Item]) -> store::Result<()> {
    let mut leads: Vec<&mut CreateJob> = Vec::new();
    let mut others: Vec<&mut Box<dyn Job>> = Vec::new();
    for item in items {
        match item {
            Item::Create(job) => leads.push(job),
            Item::Other(job) => others.push(job),
        }
    }
    if !leads.is_empty() {
        create_leads(batch, &mut leads).await?;
    }
    for job in others {
        job.run(batch).await?;
    }
    Ok(())
}

/// Takes what waits.
fn drain(queue: &mut mpsc::Receiver<Item>, items: &mut Vec<Item>) {
    while items.len() < BATCH {
        match queue.try_recv() {
            Ok(item) => items.push(item),
            Err(_) => return,
        }
    }
}

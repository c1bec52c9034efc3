//! Background jobs: a safety net for waiting leads, imports whose worker is gone, and what has grown too old.
//!
//! Nothing waits for a job where an event can trigger: whoever changes something that matters to a pool wakes it in
//! the same moment ([`crate::Effects::wake`]), and the sweep also wakes up exactly when a shift begins or a day ends.

use crate::access::session::used_since;
use crate::assign::backlog::Run;
use crate::assign::explain::member_facts;
use crate::batch::Batch;
use crate::index::{self, INDEX};
use crate::mail::{self, Mailer};
use crate::notification::PruneNotifications;
use crate::webhook::{PruneDeliveries, WEBHOOKS};
use crate::{By, Command, Engine, Failure, Stop};
use model::{Micros, OrgId, Trigger};
use std::time::Duration;
use tokio::sync::{broadcast, watch};
use tokio::task::JoinSet;

/// A job as `GET /jobs` shows it, whether it has run or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Job {
    /// Its name in the database.
    pub name: &'static str,
    /// What it does.
    pub what: &'static str,
    /// Seconds between two runs.
    pub every: i64,
}

/// Every job there is.
pub const JOBS: &[Job] = &[ASSIGN, IMPORTS, INDEX, MAIL, WEBHOOKS, PRUNE];

const ASSIGN: Job = Job {
    name: "assign_waiting",
    what: "gives out leads that wait although somebody could take them",
    every: 30,
};
const IMPORTS: Job =
    Job { name: "resume_imports", what: "goes on with imports whose worker is gone", every: 5 };
const MAIL: Job = Job { name: "send_mail", what: "sends the mail that waits", every: 30 };
const PRUNE: Job = Job {
    name: "prune",
    what: "removes events older than 7 days, counters of quarter hours older than 400 days, mail older than 30 days, \
        sessions and links that are over, idempotency keys and abandoned uploads older than 24 hours",
    every: 600,
};

/// How long events are kept, in seconds.
const EVENTS_KEPT: i64 = 7 * 24 * 3600;
/// How long mail is kept, in seconds.
const MAIL_KEPT: i64 = 30 * 24 * 3600;
/// Rows one transaction prunes at most.
const PRUNE_PIECE: i64 = 5_000;

/// The running jobs. Dropped, they are told to stop; [`Jobs::stop`] waits for them.
pub struct Jobs {
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

/// Starts every job.
pub fn start(engine: &Engine, mailer: Mailer) -> Jobs {
    let (stop, stopped) = watch::channel(false);
    let mut tasks = JoinSet::new();
    tasks.spawn(until(stopped.clone(), wake_pools(engine.clone())));
    tasks.spawn(until(stopped.clone(), sweep(engine.clone())));
    tasks.spawn(until(stopped.clone(), resume_imports(engine.clone())));
    tasks.spawn(until(stopped.clone(), index::follow(engine.clone())));
    tasks.spawn(until(stopped.clone(), crate::webhook::deliver(engine.clone())));
    tasks.spawn(until(stopped.clone(), send_mail(engine.clone(), mailer)));
    tasks.spawn(until(stopped, prune(engine.clone())));
    Jobs { stop, tasks }
}

impl Jobs {
    /// Ends the jobs; what they had begun is resumed at the next start.
    pub async fn stop(mut self) {
        // No receiver left: all have ended.
        let _ = self.stop.send(true);
        while self.tasks.join_next().await.is_some() {}
    }
}

async fn until(mut stopped: watch::Receiver<bool>, work: impl Future<Output = ()>) {
    tokio::select! {
        _ = stopped.wait_for(|stop| *stop) => {}
        () = work => {}
    }
}

/// Gives out what waits in a pool the moment somebody becomes eligible.
async fn wake_pools(engine: Engine) {
    let mut effects = engine.live().subscribe();
    loop {
        let pools = match effects.recv().await {
            Ok(effects) => effects.wake.clone(),
            Err(broadcast::error::RecvError::Lagged(_)) => Vec::new(),
            Err(broadcast::error::RecvError::Closed) => return,
        };
        for (org, source_no) in pools {
            report(give_out(&engine, org, source_no).await);
        }
    }
}

fn report(result: Result<i64, Failure>) {
    if let Err(error) = result {
        tracing::warn!(%error, "waiting leads could not be given out; the sweep will try again");
    }
}

async fn give_out(engine: &Engine, org: OrgId, source_no: i64) -> Result<i64, Failure> {
    let waits = store::stats::tally_list(engine.reader(), org).await?;
    if !waits.iter().any(|t| t.source_no == source_no && t.waiting > 0) {
        return Ok(0);
    }
    let run = Run::new(source_no, Trigger::Sweep);
    Ok(engine.run_backlog(&By::system(org), run, |_| {}).await?.assigned)
}

async fn sweep(engine: Engine) {
    loop {
        let swept = leased(&engine, ASSIGN, async || {
            let mut assigned = 0;
            for (org, source_no) in store::lead::sources_waiting(engine.reader()).await? {
                assigned += give_out(&engine, org, source_no).await?;
            }
            let still = store::lead::sources_waiting(engine.reader()).await?;
            crate::notification::tell_waiting(&engine, &still).await?;
            Ok(format!("{assigned} leads given out"))
        });
        swept.await;
        let pause = next_boundary(&engine).await.unwrap_or(ASSIGN.every * Micros::SECOND);
        tokio::time::sleep(Duration::from_micros(pause.max(1) as u64)).await;
    }
}

/// Microseconds until the next sweep: when time next makes somebody eligible, 30 seconds at most.
async fn next_boundary(engine: &Engine) -> Result<i64, Failure> {
    let now = engine.now();
    let mut pause = ASSIGN.every * Micros::SECOND;
    for (org, source_no) in store::lead::sources_waiting(engine.reader()).await? {
        let pool = store::pool::pool_fetch(engine.reader(), org, source_no).await?;
        for facts in member_facts(engine.reader(), org, &pool.state).await? {
            if let Some(at) = routing::next_change(now, &facts) {
                pause = pause.min(at.0 - now.0);
            }
        }
    }
    Ok(pause.max(Micros::SECOND / 10))
}

async fn resume_imports(engine: Engine) {
    loop {
        match engine.claim_import().await {
            Ok(Some(ticket)) => {
                let (id, rows) = (ticket.import.id, ticket.import.counts.rows);
                tracing::info!(import = %id, rows, "going on with an import");
                if let Err(error) = engine.work_import(ticket, |_| {}).await {
                    tracing::warn!(%error, import = %id, "the import was interrupted");
                }
                continue;
            }
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "imports could not be looked at"),
        }
        tokio::time::sleep(Duration::from_secs(IMPORTS.every as u64)).await;
    }
}

/// Sends mail as it comes, and again what could not be sent.
async fn send_mail(engine: Engine, mailer: Mailer) {
    let mut effects = engine.live().subscribe();
    loop {
        let due = match mail::due_in(&engine).await {
            Ok(due) => due.unwrap_or(i64::MAX),
            Err(error) => {
                tracing::warn!(%error, "the mail queue could not be read");
                i64::MAX
            }
        };
        if due <= 0 {
            leased(&engine, MAIL, async || {
                let (sent, failed) = mail::send_due(&engine, &mailer).await?;
                Ok(format!("{sent} mails sent, {failed} tries failed"))
            })
            .await;
        }
        let pause = due.clamp(Micros::SECOND, MAIL.every * Micros::SECOND);
        tokio::select! {
            () = tokio::time::sleep(Duration::from_micros(pause as u64)) => {}
            () = mail_waits(&mut effects) => {}
        }
    }
}

/// Comes back when mail was queued in this process.
async fn mail_waits(effects: &mut broadcast::Receiver<std::sync::Arc<crate::Effects>>) {
    loop {
        match effects.recv().await {
            Ok(effects) if !effects.mail_waits => {}
            Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => return,
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        }
    }
}

async fn prune(engine: Engine) {
    loop {
        let pruned = leased(&engine, PRUNE, async || {
            let mut gone = 0;
            for organization in store::organization::organization_list(engine.reader()).await? {
                let by = By::system(organization.org);
                loop {
                    let piece = engine.run_bulk(&by, PrunePiece).await?
                        + engine.run_bulk(&by, PruneDeliveries { limit: PRUNE_PIECE }).await?
                        + engine.run_bulk(&by, PruneNotifications { limit: PRUNE_PIECE }).await?;
                    gone += piece;
                    if piece == 0 {
                        break;
                    }
                }
            }
            let uploads = engine.remove_orphans().await?;
            Ok(format!("{gone} rows and {uploads} abandoned uploads removed"))
        });
        pruned.await;
        tokio::time::sleep(Duration::from_secs(PRUNE.every as u64)).await;
    }
}

/// Runs a job if no other node does, and tells how it went.
pub(crate) async fn leased(engine: &Engine, job: Job, work: impl AsyncFnOnce() -> Result<String, Failure>) {
    let by = By::system(OrgId(0));
    match engine.run_quietly(&by, TakeLease { job, holder: engine.name().to_owned() }).await {
        Ok(true) => {}
        Ok(false) => return,
        Err(error) => return tracing::warn!(%error, job = job.name, "the job's lease could not be taken"),
    }
    let result = match work().await {
        Ok(result) => result,
        Err(error) => {
            tracing::warn!(%error, job = job.name, "the job failed");
            format!("failed: {error}")
        }
    };
    let finish = FinishJob { job, holder: engine.name().to_owned(), result };
    if let Err(error) = engine.run_quietly(&by, finish).await {
        tracing::warn!(%error, job = job.name, "the job's end could not be recorded");
    }
}

pub(crate) struct TakeLease {
    pub(crate) job: Job,
    pub(crate) holder: String,
}

impl Command for TakeLease {
    type Output = bool;

    async fn run(&mut self, _by: &By, batch: &mut Batch<'_>) -> Result<bool, Stop> {
        let until = batch.now.plus_seconds(self.job.every * 4).0;
        let term = store::job::lease_take(batch.tx, self.job.name, &self.holder, batch.now.0, until).await?;
        Ok(term.is_some())
    }
}

pub(crate) struct FinishJob {
    pub(crate) job: Job,
    pub(crate) holder: String,
    pub(crate) result: String,
}

impl Command for FinishJob {
    type Output = ();

    async fn run(&mut self, _by: &By, batch: &mut Batch<'_>) -> Result<(), Stop> {
        Ok(store::job::job_finish(batch.tx, self.job.name, &self.holder, &self.result, batch.now.0).await?)
    }
}

struct PrunePiece;

impl Command for PrunePiece {
    type Output = u64;

    async fn run(&mut self, by: &By, batch: &mut Batch<'_>) -> Result<u64, Stop> {
        let events = batch.now.plus_seconds(-EVENTS_KEPT).0;
        let keys = batch.now.plus_seconds(-store::idempotency::KEPT_SECONDS).0;
        let gone = store::outbox::event_prune(batch.tx, by.org, events, PRUNE_PIECE).await?;
        let now = batch.now.0;
        let mail = batch.now.plus_seconds(-MAIL_KEPT).0;
        let uploads = batch.now.plus_seconds(-crate::import::UPLOADS_KEPT).0;
        Ok(gone
            + store::upload::upload_prune(batch.tx, by.org, uploads).await?
            + store::flow::flow_prune(batch.tx, by.org, batch.now, PRUNE_PIECE).await?
            + store::idempotency::answer_prune(batch.tx, keys, PRUNE_PIECE).await?
            + store::session::session_prune(batch.tx, now, used_since(batch.now), PRUNE_PIECE).await?
            + store::one_time_link::link_prune(batch.tx, now, PRUNE_PIECE).await?
            + store::mail::mail_prune(batch.tx, mail, PRUNE_PIECE).await?)
    }
}

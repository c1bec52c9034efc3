//! One chunk of an import: rows become leads, are given out, and the place behind them is recorded, all in one
//! transaction.

use crate::assign::{Desks, How, Standing, backlog};
use crate::batch::{self, Batch};
use crate::committer::Queue;
use crate::lead::duplicates::{Fate, settle_stored};
use crate::{By, Command, Stop};
use intake::Resume;
use model::event::Event;
use model::import::RowError;
use model::{BatchId, DuplicatePolicy, Trigger};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;
use store::assignment::{BatchRow, batch_put};
use store::import::{Import, RowErrorRow, import_progress, row_error_insert};
use store::lead::{Claim, LeadRow, lead_store};
use store::{Dialect, Query};
use tokio::sync::mpsc;

/// Rows read together, in the order of the file.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    /// Leads but for their numbers, which the transaction gives.
    pub(crate) leads: Vec<LeadRow>,
    /// How each lead stood in the file.
    pub(crate) originals: Vec<Box<str>>,
    pub(crate) rejected: Vec<RowError>,
}

impl Rows {
    /// Forgets the rows, keeps the room.
    pub(crate) fn clear(&mut self) {
        self.leads.clear();
        self.originals.clear();
        self.rejected.clear();
    }
}

/// Rows with the place behind them.
pub(crate) struct Unit {
    pub(crate) rows: Rows,
    pub(crate) resume: Resume,
}

/// Where the reading thread puts its units, and where the used ones go so that they are freed there.
pub(crate) struct Belt {
    pub(crate) units: Mutex<mpsc::Receiver<Unit>>,
    pub(crate) used: std::sync::mpsc::Sender<Rows>,
}

impl Belt {
    /// The next unit, if it comes in time; `None` too when the file has ended.
    pub(crate) async fn next(&self, patience: Duration) -> Option<Unit> {
        let received = std::future::poll_fn(|context| match self.units.lock() {
            Ok(mut units) => units.poll_recv(context),
            Err(_) => Poll::Ready(None),
        });
        tokio::time::timeout(patience, received).await.ok().flatten()
    }
}

/// How long a transaction waits for the reading thread: a larger one costs less than two.
const PATIENCE: Duration = Duration::from_millis(20);

/// A chunk: the units that have been read, as many as fit in one transaction. `import` is as it stood before.
pub(crate) struct Chunk {
    pub(crate) import: Import,
    pub(crate) first: Option<Unit>,
    pub(crate) belt: Arc<Belt>,
    pub(crate) queue: Queue,
    pub(crate) policy: DuplicatePolicy,
    pub(crate) assign: bool,
    pub(crate) worker: String,
    pub(crate) breakdown: BTreeMap<i64, i64>,
}

/// The import as it stands after a chunk, and the leads each agent has got of it so far.
pub(crate) struct ChunkDone {
    pub(crate) import: Import,
    pub(crate) breakdown: BTreeMap<i64, i64>,
}

/// Rows one transaction stores at most when nobody waits for the writer: the more keys are written together, the
/// fewer pages of their table are written twice.
const AT_REST: usize = 64_000;
/// The same when it also gives them out.
const ASSIGNED: usize = 5_000;
/// The same on PostgreSQL, where settling takes longer than the worker's lease may allow.
const POSTGRES: usize = 20_000;
/// Bytes of text a transaction keeps at most, to list duplicates as they stood in the file.
const KEPT_TEXT: usize = 8 << 20;

/// What a chunk remembers of its rows until their keys are settled.
#[derive(Default)]
struct Kept {
    /// The number before its first lead.
    before: i64,
    leads: u64,
    rejected: u64,
    claims: Vec<Claim>,
    /// How the leads stood in the file, one behind the other, and where each ends.
    text: String,
    ends: Vec<usize>,
    /// The leads to give out, if they are.
    standing: Vec<Standing>,
}

impl Kept {
    fn original(&self, lead_no: i64) -> &str {
        let index = (lead_no - self.before - 1) as usize;
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.text[start..self.ends[index]]
    }
}

impl Command for Chunk {
    type Output = ChunkDone;

    async fn run(&mut self, by: &By, batch: &mut Batch<'_>) -> Result<ChunkDone, Stop> {
        // Its units are gone with the attempt that failed: the worker begins anew where the import stands.
        let Some(mut unit) = self.first.take() else {
            return Err(store::Error::Busy("the chunk has to be read again".to_owned()).into());
        };
        let mut import = self.import.clone();
        let rows_before = import.counts.rows;
        let mut desks = self.desks(by, batch).await?;
        let before = batch.counter(by.org).await?.lead_no;
        // Its room at once: growing, it would be there twice.
        let mut kept =
            Kept { before, text: String::with_capacity(KEPT_TEXT + (64 << 10)), ..Kept::default() };
        let first_lead = kept.before + 1;
        let most = match batch.tx.dialect() {
            // Filling in what is known takes several statements a row.
            _ if self.assign || self.policy == DuplicatePolicy::Update => ASSIGNED,
            Dialect::Postgres => POSTGRES,
            Dialect::Sqlite => AT_REST,
        };
        loop {
            self.store(by, batch, &mut unit, rows_before, &mut kept).await?;
            import.resume = serde_json::to_value(unit.resume).ok();
            import.bytes_read = (unit.resume.offset as i64).clamp(import.bytes_read, import.bytes_total);
            // Nobody takes them back once the worker is gone; then they are freed here.
            let _ = self.belt.used.send(unit.rows);
            let full = (kept.leads + kept.rejected) as usize >= most || kept.text.len() >= KEPT_TEXT;
            // One unit while somebody else uses the writer: keys lie far apart, so every hundred rows write other pages.
            if full || self.queue.is_busy() {
                break;
            }
            match self.belt.next(PATIENCE).await {
                Some(next) => unit = next,
                None => break,
            }
        }
        self.settle(by, batch, &mut import, kept, &mut desks).await?;
        let breakdown = self.give_out(by, batch, desks, &mut import, first_lead).await?;
        import.worker_until = batch.now.plus_seconds(super::register::LEASE_SECONDS).0;
        import_progress(batch.tx, &import, &self.worker, rows_before).await?;
        batch.tell(by.org, progress_event(&import));
        Ok(ChunkDone { import, breakdown })
    }

    /// The import's end follows.
    fn is_step(_done: &ChunkDone) -> bool {
        true
    }
}

impl Chunk {
    async fn desks(&self, by: &By, batch: &Batch<'_>) -> store::Result<Option<Desks>> {
        if !self.assign {
            return Ok(None);
        }
        let source_no = self.import.source_no;
        let mut desks = Desks::open(batch, by.org, &[source_no], &[]).await?;
        backlog::first_in_line(batch, by.org, &mut desks, &[source_no]).await?;
        Ok(Some(desks))
    }

    /// Stores a unit's leads without their keys, and lists the rows that are none.
    async fn store(
        &self,
        by: &By,
        batch: &mut Batch<'_>,
        unit: &mut Unit,
        rows_before: u64,
        kept: &mut Kept,
    ) -> store::Result<()> {
        let now = batch.now.0;
        let counter = batch.counter(by.org).await?;
        let now = counter.created_at(now);
        for (lead, original) in unit.rows.leads.iter_mut().zip(&unit.rows.originals) {
            counter.lead_no += 1;
            lead.lead_no = counter.lead_no;
            (lead.created_at, lead.changed_at) = (now, now);
            kept.claims.extend(lead.claims());
            kept.text.push_str(original);
            kept.ends.push(kept.text.len());
        }
        if self.assign {
            kept.standing.extend(unit.rows.leads.iter().map(Standing::from));
        }
        kept.leads += unit.rows.leads.len() as u64;
        lead_store(batch.tx, &unit.rows.leads).await?;
        let errors = self.rejected(&unit.rows, rows_before + kept.rejected);
        kept.rejected += errors.len() as u64;
        row_error_insert(batch.tx, &errors).await
    }

    /// Takes the keys of all leads of the chunk, settles who met a first lead, and counts.
    async fn settle(
        &self,
        by: &By,
        batch: &mut Batch<'_>,
        import: &mut Import,
        mut kept: Kept,
        desks: &mut Option<Desks>,
    ) -> store::Result<()> {
        let claims = std::mem::take(&mut kept.claims);
        let settled = settle_stored(batch, by.org, claims, self.policy).await?;
        let mut errors = Vec::new();
        for (lead_no, (row, fate)) in &settled {
            if let Fate::Duplicate { of, updated } = fate {
                let n = import.counts.rows + kept.rejected + errors.len() as u64;
                errors.push(self.duplicate(row, kept.original(*lead_no), of.lead_no, *updated, n));
            }
        }
        let duplicates = errors.len() as u64;
        let stored = kept.leads - duplicates;
        import.counts.rows += kept.leads + kept.rejected;
        import.counts.rejected += kept.rejected;
        import.counts.duplicates += duplicates;
        import.counts.accepted += stored;
        let created_at = batch.counter(by.org).await?.last_created_at;
        let origin = batch::Origin { org: by.org, source_no: import.source_no, created_at };
        batch.came_in(origin, stored as i64);
        if let Some(desks) = desks {
            let how = How {
                trigger: Trigger::Import,
                batch: Some(BatchId(import.batch_id)),
                actor: "import".into(),
            };
            let known = |no: &i64| settled.get(no).is_some_and(|(_, f)| matches!(f, Fate::Duplicate { .. }));
            for lead in kept.standing.iter().filter(|lead| !known(&lead.lead_no)) {
                desks.give(lead, &how);
            }
        }
        row_error_insert(batch.tx, &errors).await
    }

    fn rejected(&self, rows: &Rows, before: u64) -> Vec<RowErrorRow> {
        let row = |(n, error): (u64, &RowError)| RowErrorRow {
            org_id: self.import.org.0,
            import_no: self.import.import_no,
            n: (before + n) as i64,
            kind: "rejected",
            line: error.line as i64,
            column_name: error.column.clone(),
            reason: error.reason.clone(),
            original: error.original.clone(),
        };
        (1..).zip(&rows.rejected).map(row).collect()
    }

    fn duplicate(&self, row: &LeadRow, original: &str, of: i64, updated: bool, n: u64) -> RowErrorRow {
        let what = if updated { "filled up" } else { "known already as" };
        RowErrorRow {
            org_id: self.import.org.0,
            import_no: self.import.import_no,
            n: n as i64 + 1,
            kind: "duplicate",
            line: row.import_row.unwrap_or(0),
            column_name: String::new(),
            reason: format!("duplicate: {what} {}", model::lead::uid(of)),
            original: original.to_owned(),
        }
    }

    async fn give_out(
        &self,
        by: &By,
        batch: &mut Batch<'_>,
        desks: Option<Desks>,
        import: &mut Import,
        first: i64,
    ) -> store::Result<BTreeMap<i64, i64>> {
        let mut breakdown = self.breakdown.clone();
        let Some(desks) = desks else { return Ok(breakdown) };
        let Some(pool) = desks.pool(import.source_no).cloned() else { return Ok(breakdown) };
        let given = desks.record(batch, true).await?;
        // Leads that waited before the import came first in line; they are not of it.
        for given in given.iter().filter(|given| given.lead_no >= first) {
            *breakdown.entry(given.agent_no).or_default() += 1;
        }
        import.counts.assigned = breakdown.values().sum::<i64>() as u64;
        if !given.is_empty() {
            let parts: Vec<_> =
                breakdown.iter().map(|(a, n)| serde_json::json!({"agent_no": a, "assigned": n})).collect();
            let row = BatchRow {
                id: import.batch_id,
                source_no: import.source_no,
                trigger: Trigger::Import,
                method: pool.policy.into(),
                leads: breakdown.values().sum(),
                breakdown: parts.into(),
                actor: by.actor.clone(),
                created_at: batch.now.0,
            };
            batch_put(batch.tx, by.org, &row).await?;
        }
        Ok(breakdown)
    }
}

pub(crate) fn progress_event(import: &Import) -> Event {
    Event::ImportProgress {
        import_id: import.id,
        state: import.state.as_str(),
        counts: import.counts,
        bytes_read: import.bytes_read as u64,
        bytes_total: import.bytes_total as u64,
    }
}

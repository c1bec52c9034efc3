//! One chunk of an import: rows become leads, are given out, and the place behind them is recorded, all in one
//! transaction.

use crate::assign::{Desks, How, Standing, backlog};
use crate::batch::{self, Batch};
use crate::committer::Queue;
use crate::lead::duplicates::{Fate, store_leads};
use crate::{By, Command, Stop};
use intake::Resume;
use model::event::Event;
use model::import::RowError;
use model::{BatchId, DuplicatePolicy, Status, Trigger};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;
use store::assignment::{BatchRow, batch_put};
use store::import::{Import, RowErrorRow, import_progress, row_error_insert};
use store::lead::LeadRow;
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

/// Rows one transaction stores at most when nobody waits for the writer.
const AT_REST: usize = 20_000;
/// The same when it also gives them out.
const ASSIGNED: usize = 5_000;

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
        let first_lead = batch.counter(by.org).await?.lead_no + 1;
        let most = if self.assign { ASSIGNED } else { AT_REST };
        loop {
            self.store(by, batch, &mut unit, &mut import, &mut desks).await?;
            import.resume = serde_json::to_value(unit.resume).ok();
            import.bytes_read = (unit.resume.offset as i64).clamp(import.bytes_read, import.bytes_total);
            // Nobody takes them back once the worker is gone; then they are freed here.
            let _ = self.belt.used.send(unit.rows);
            let done = (import.counts.rows - rows_before) as usize;
            if done >= most || self.queue.is_busy() {
                break;
            }
            match self.belt.next(PATIENCE).await {
                Some(next) => unit = next,
                None => break,
            }
        }
        let breakdown = self.give_out(by, batch, desks, &mut import, first_lead).await?;
        import.worker_until = batch.now.plus_seconds(super::register::LEASE_SECONDS).0;
        import_progress(batch.tx, &import, &self.worker, rows_before).await?;
        batch.tell(by.org, progress_event(&import));
        Ok(ChunkDone { import, breakdown })
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

    async fn store(
        &self,
        by: &By,
        batch: &mut Batch<'_>,
        unit: &mut Unit,
        import: &mut Import,
        desks: &mut Option<Desks>,
    ) -> store::Result<()> {
        let rows_before = import.counts.rows;
        let leads = &mut unit.rows.leads;
        let now = batch.now.0;
        let counter = batch.counter(by.org).await?;
        let now = counter.created_at(now);
        for lead in leads.iter_mut() {
            counter.lead_no += 1;
            lead.lead_no = counter.lead_no;
            (lead.created_at, lead.changed_at) = (now, now);
        }
        let fates = store_leads(batch, by.org, leads, self.policy).await?;
        let mut errors = self.rejected(&unit.rows, rows_before);
        import.counts.rows += (unit.rows.leads.len() + unit.rows.rejected.len()) as u64;
        import.counts.rejected += unit.rows.rejected.len() as u64;
        let mut stored = 0;
        let how =
            How { trigger: Trigger::Import, batch: Some(BatchId(import.batch_id)), actor: "import".into() };
        for (index, (row, fate)) in unit.rows.leads.iter().zip(&fates).enumerate() {
            if let Fate::Duplicate { of, updated } = fate {
                let n = rows_before + errors.len() as u64;
                errors.push(self.duplicate(&unit.rows, index, of.lead_no, *updated, n));
                continue;
            }
            stored += 1;
            if let Some(desks) = desks {
                desks.give(&Standing::from(row), &how);
            }
        }
        import.counts.duplicates += unit.rows.leads.len() as u64 - stored;
        import.counts.accepted += stored;
        let origin = batch::Origin { org: by.org, source_no: import.source_no, created_at: now };
        batch.tally(origin, Status::New, stored as i64, stored as i64);
        batch.flow(by.org, import.source_no).created += stored as i64;
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

    fn duplicate(&self, rows: &Rows, index: usize, of: i64, updated: bool, n: u64) -> RowErrorRow {
        let what = if updated { "filled up" } else { "known already as" };
        RowErrorRow {
            org_id: self.import.org.0,
            import_no: self.import.import_no,
            n: n as i64 + 1,
            kind: "duplicate",
            line: rows.leads[index].import_row.unwrap_or(0),
            column_name: String::new(),
            reason: format!("duplicate: {what} {}", model::lead::uid(of)),
            original: rows.originals[index].to_string(),
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

//! One chunk of an import: rows become leads, are given out, and the place behind them is recorded, all in one
//! transaction.

use crate::assign::{Desks, How, Standing, backlog};
use crate::batch::Batch;
use crate::lead::duplicates::{Fate, store_leads};
use crate::{By, Command, Stop};
use model::event::Event;
use model::import::RowError;
use model::{BatchId, DuplicatePolicy, LeadDraft, LeadId, Status, Trigger};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::assignment::{BatchRow, batch_put};
use store::import::{Import, RowErrorRow, import_progress, row_error_insert};
use store::lead::LeadRow;
use uuid::Uuid;

/// A row that became a draft, and how it stood in the file.
#[derive(Debug, Clone)]
pub(crate) struct DraftRow {
    pub(crate) line: u64,
    pub(crate) draft: LeadDraft,
    pub(crate) original: Box<str>,
}

/// Rows read together, in the order of the file.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub(crate) drafts: Vec<DraftRow>,
    pub(crate) rejected: Vec<RowError>,
}

/// A chunk on its way into the database. `import` is as it shall stand afterwards, but for the counts of fates.
pub(crate) struct Chunk {
    pub(crate) import: Import,
    pub(crate) rows: Arc<Rows>,
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

impl Command for Chunk {
    type Output = ChunkDone;

    async fn run(&mut self, by: &By, batch: &mut Batch<'_>) -> Result<ChunkDone, Stop> {
        let mut import = self.import.clone();
        let rows_before = import.counts.rows;
        let source_no = import.source_no;
        let mut desks = None;
        if self.assign {
            let mut open = Desks::open(batch, by.org, &[source_no], &[]).await?;
            backlog::first_in_line(batch, by.org, &mut open, &[source_no]).await?;
            desks = Some(open);
        }
        let mut rows = self.new_rows(by, batch).await?;
        let fates = store_leads(batch, by.org, &mut rows, self.policy).await?;
        let mut errors = self.rejected(rows_before);
        import.counts.rows += (self.rows.drafts.len() + self.rows.rejected.len()) as u64;
        import.counts.rejected += self.rows.rejected.len() as u64;
        let mut stored = 0;
        let how = How { trigger: Trigger::Import, batch: Some(BatchId(import.batch_id)), actor: "import".into() };
        for ((row, fate), given) in rows.iter().zip(&fates).zip(&self.rows.drafts) {
            if let Fate::Duplicate { of, updated } = fate {
                import.counts.duplicates += 1;
                errors.push(duplicate(self, given, of.lead_no, *updated, rows_before + errors.len() as u64));
                continue;
            }
            stored += 1;
            if let Some(desks) = &mut desks {
                desks.give(&Standing::from(row), &how);
            }
        }
        import.counts.accepted += stored;
        batch.tally(by.org, source_no, Status::New, stored as i64, stored as i64);
        row_error_insert(batch.tx, &errors).await?;
        let first = rows.first().map_or(i64::MAX, |row| row.lead_no);
        let breakdown = self.give_out(by, batch, desks, &mut import, first).await?;
        import.worker_until = batch.now.plus_seconds(super::register::LEASE_SECONDS).0;
        import_progress(batch.tx, &import, &self.worker, rows_before).await?;
        batch.tell(by.org, progress_event(&import));
        Ok(ChunkDone { import, breakdown })
    }
}

impl Chunk {
    async fn new_rows(&self, by: &By, batch: &mut Batch<'_>) -> store::Result<Vec<LeadRow>> {
        let now = batch.now.0;
        let counter = batch.counter(by.org).await?;
        let mut rows = Vec::with_capacity(self.rows.drafts.len());
        for row in &self.rows.drafts {
            counter.lead_no += 1;
            let id = LeadId(Uuid::now_v7());
            let mut lead = LeadRow::new(by.org, counter.lead_no, id, self.import.source_no, now, row.draft.clone());
            lead.import_no = Some(self.import.import_no);
            lead.import_row = Some(row.line as i64);
            rows.push(lead);
        }
        Ok(rows)
    }

    fn rejected(&self, before: u64) -> Vec<RowErrorRow> {
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
        (1..).zip(&self.rows.rejected).map(row).collect()
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

fn duplicate(chunk: &Chunk, row: &DraftRow, of: i64, updated: bool, n: u64) -> RowErrorRow {
    let what = if updated { "filled up" } else { "known already as" };
    RowErrorRow {
        org_id: chunk.import.org.0,
        import_no: chunk.import.import_no,
        n: n as i64 + 1,
        kind: "duplicate",
        line: row.line as i64,
        column_name: String::new(),
        reason: format!("duplicate: {what} {}", model::lead::uid(of)),
        original: row.original.to_string(),
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

//! The lead index follows the leads: segments are built beside the writer and stored as bulk work.

use crate::batch::Batch;
use crate::jobs::{Job, leased};
use crate::{By, Command, Engine, Failure, Stop};
use model::OrgId;
use std::sync::Arc;
use std::time::Duration;
use store::segment::{
    Built, SEGMENT, Segment, last_lead, segment_build, segment_list, segment_put, stale_list,
};
use tokio::sync::broadcast;

/// The job as it is listed.
pub(crate) const INDEX: Job = Job {
    name: "index_leads",
    what: "puts new and corrected leads into the index that searches stand on",
    every: 30,
};
/// How long commits are gathered before the index is looked at.
const GATHER: Duration = Duration::from_millis(500);
/// So many new leads are worth a segment; fewer are looked through one by one.
const SMALL: i64 = 1_024;
/// So many marked leads in one segment are worth building it anew.
const STALE: usize = 256;
/// At most so many marked leads are looked through.
const STALE_ALL: usize = 2_000;

/// Keeps the lead index behind the leads: woken by commits, but not by each.
pub(crate) async fn follow(engine: Engine) {
    let mut effects = engine.live().subscribe();
    loop {
        if let Err(error) = index_due(&engine).await {
            tracing::warn!(%error, "the lead index could not be looked at");
        }
        let woken = tokio::time::timeout(Duration::from_secs(INDEX.every as u64), effects.recv());
        if let Ok(Err(broadcast::error::RecvError::Closed)) = woken.await {
            return;
        }
        tokio::time::sleep(GATHER).await;
        effects = effects.resubscribe();
    }
}

async fn index_due(engine: &Engine) -> Result<(), Failure> {
    for organization in store::organization::organization_list(engine.reader()).await? {
        let org = organization.org;
        while let Some(run) = due(engine, org).await? {
            let mut built = None;
            let job = leased(engine, INDEX, async || {
                let leads = build(engine, org, run.0, run.1).await?;
                built = Some(leads);
                Ok(format!("{leads} leads"))
            });
            job.await;
            // Another node does it, or it failed: later.
            if built.is_none() {
                break;
            }
        }
    }
    Ok(())
}

/// The run of leads whose segment is to be built next, if any.
async fn due(engine: &Engine, org: OrgId) -> Result<Option<(i64, i64)>, Failure> {
    let db = engine.reader();
    let segments = segment_list(db, org).await?;
    let end = segments.last().map_or(0, |s| s.last_no);
    if let Some(run) = unindexed(&segments, end, last_lead(db, org).await?) {
        return Ok(Some(run));
    }
    let stale = stale_list(db, org, end, STALE_ALL as i64 + 1).await?;
    let marks = |s: &Segment| {
        stale.partition_point(|m| m.0 <= s.last_no) - stale.partition_point(|m| m.0 < s.first_no)
    };
    let worst = segments.iter().max_by_key(|s| marks(s));
    Ok(worst.filter(|s| marks(s) >= STALE || stale.len() > STALE_ALL).map(|s| (s.first_no, s.last_no)))
}

/// New leads, together with smaller segments before them: each lead is packed a few times in its life, and segments
/// stay few.
fn unindexed(segments: &[Segment], end: i64, last: i64) -> Option<(i64, i64)> {
    if last - end < SMALL {
        return None;
    }
    let (mut first, last) = (end + 1, last.min(end + SEGMENT));
    for segment in segments.iter().rev() {
        let (span, before) = (last - first + 1, segment.last_no - segment.first_no + 1);
        if before >= 2 * span || before + span > SEGMENT {
            break;
        }
        first = segment.first_no;
    }
    Some((first, last))
}

/// Builds a segment and stores it; how many leads it holds.
async fn build(engine: &Engine, org: OrgId, first: i64, last: i64) -> Result<i64, Failure> {
    let built = Arc::new(segment_build(engine.reader(), org, first, last).await?);
    let leads = built.leads;
    engine.run_bulk(&By::system(org), PutSegment(built)).await?;
    Ok(leads)
}

struct PutSegment(Arc<Built>);

impl Command for PutSegment {
    type Output = ();

    async fn run(&mut self, by: &By, batch: &mut Batch<'_>) -> Result<(), Stop> {
        Ok(segment_put(batch.tx, by.org, &self.0).await?)
    }
}

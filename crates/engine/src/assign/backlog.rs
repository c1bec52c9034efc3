//! Giving out the leads of a source that wait: in pieces, so that others get their turn at the writer.

use crate::assign::{Desks, How, Standing};
use crate::batch::Batch;
use crate::{By, Command, Engine, Failure, Refusal, Stop};
use model::{BatchId, OrgId, PolicyKind, Trigger};
use std::collections::BTreeMap;
use store::assignment::{BatchRow, batch_put};
use store::lead::{AgentName, BacklogPlace, lead_list_waiting};
use uuid::Uuid;

/// How many leads one transaction gives out at most when nobody waits for the writer,
const PIECE: i64 = 10_000;
/// and when somebody does.
const PIECE_WHEN_BUSY: i64 = 1_000;
/// How many waiting leads go before a newcomer in its own transaction.
const LINE: i64 = 100;
/// More than this is bulk work: one event an agent, not one a lead.
const BULK: i64 = 20;

/// Gives waiting leads out before newcomers of the same sources: first in, first out.
pub(crate) async fn first_in_line(
    batch: &Batch<'_>,
    org: OrgId,
    desks: &mut Desks,
    sources: &[i64],
) -> store::Result<()> {
    let how = How { trigger: Trigger::Sweep, batch: None, actor: "system".into() };
    for &source_no in sources {
        if !desks.anybody(source_no) {
            continue;
        }
        let Some(order) = desks.pool(source_no).map(|pool| pool.order) else { continue };
        for lead in lead_list_waiting(batch.tx, org, source_no, order, None, LINE).await? {
            desks.give(&Standing::waiting(lead, source_no), &how);
        }
    }
    Ok(())
}

/// One agent's part of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Who.
    pub agent: AgentName,
    /// Leads given in this run.
    pub assigned: i64,
    /// Leads ever given, any source, less hand-backs.
    pub total: i64,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunReport {
    /// The run's batch; what it assigned can be listed by it.
    pub batch_id: BatchId,
    /// The source's number.
    pub source_no: i64,
    /// The policy in force.
    pub policy: PolicyKind,
    /// Leads given.
    pub assigned: i64,
    /// By agent, in the order of their numbers; current members with nothing are listed too.
    pub parts: Vec<Part>,
    /// Leads that still wait.
    pub waiting: i64,
}

impl RunReport {
    /// Most minus fewest leads ever given among the members.
    pub fn spread(&self) -> i64 {
        let totals = || self.parts.iter().map(|p| p.total);
        totals().max().unwrap_or(0) - totals().min().unwrap_or(0)
    }
}

/// What has been given so far, told after each piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Leads given so far.
    pub assigned: i64,
    /// Leads that waited when the run began.
    pub of: i64,
}

/// A run: which source, why, in pieces of which size.
#[derive(Debug, Clone)]
pub struct Run {
    /// The source's number.
    pub source_no: i64,
    /// What made it happen.
    pub trigger: Trigger,
    /// Leads a transaction; at most 10,000.
    pub piece: i64,
}

impl Run {
    /// As an edge starts it: the largest pieces.
    pub fn new(source_no: i64, trigger: Trigger) -> Self {
        Self { source_no, trigger, piece: PIECE }
    }
}

impl Engine {
    /// Gives out what waits in a source. Several runs at once on one pool are fine: every lead is given once.
    pub async fn run_backlog(
        &self,
        by: &By,
        run: Run,
        mut told: impl FnMut(Progress),
    ) -> Result<RunReport, Failure> {
        let waiting = self.waiting(by.org, run.source_no).await?;
        let mut piece = Piece {
            batch_id: BatchId(Uuid::now_v7()),
            limit: run.piece.clamp(1, PIECE),
            bulk: waiting > BULK,
            run,
            place: None,
            so_far: BTreeMap::new(),
        };
        loop {
            let most = if self.queue().is_busy() { PIECE_WHEN_BUSY } else { PIECE };
            piece.limit = piece.run.piece.clamp(1, most);
            let done = self.run_bulk(by, piece.clone()).await?;
            for (agent_no, given) in &done.given {
                *piece.so_far.entry(*agent_no).or_default() += given;
            }
            let assigned: i64 = piece.so_far.values().sum();
            told(Progress { assigned, of: waiting.max(assigned) });
            piece.place = done.place;
            if done.place.is_none() {
                break;
            }
        }
        self.report(by.org, &piece).await
    }

    async fn waiting(&self, org: OrgId, source_no: i64) -> Result<i64, Failure> {
        let tallies = store::stats::tally_list(self.reader(), org).await?;
        Ok(tallies.iter().filter(|t| t.source_no == source_no).map(|t| t.waiting).sum())
    }

    async fn report(&self, org: OrgId, piece: &Piece) -> Result<RunReport, Failure> {
        let source_no = piece.run.source_no;
        let pool = store::pool::pool_fetch(self.reader(), org, source_no).await?;
        let mut numbers: Vec<i64> =
            pool.state.members.iter().filter(|m| m.current).map(|m| m.agent_no).collect();
        numbers.extend(piece.so_far.keys());
        numbers.sort_unstable();
        numbers.dedup();
        let agents = store::agent::agent_list_no(self.reader(), org, &numbers).await?;
        let part = |a: store::agent::Agent| Part {
            assigned: piece.so_far.get(&a.agent_no).copied().unwrap_or(0),
            total: a.total,
            agent: AgentName { agent_no: a.agent_no, id: a.id, name: a.name },
        };
        Ok(RunReport {
            batch_id: piece.batch_id,
            source_no,
            policy: pool.state.policy,
            assigned: piece.so_far.values().sum(),
            parts: agents.into_iter().map(part).collect(),
            waiting: self.waiting(org, source_no).await?,
        })
    }

    /// What a run would do now, without doing it: leads an agent would get.
    pub async fn preview_run(&self, by: &By, source_no: i64) -> Result<BTreeMap<i64, i64>, Failure> {
        self.run(by, Preview { source_no }).await
    }
}

#[derive(Clone)]
struct Piece {
    run: Run,
    batch_id: BatchId,
    limit: i64,
    bulk: bool,
    place: Option<BacklogPlace>,
    so_far: BTreeMap<i64, i64>,
}

/// What a piece did; `place`: go on behind it, `None`: the run is over.
struct PieceDone {
    given: BTreeMap<i64, i64>,
    place: Option<BacklogPlace>,
}

impl Command for Piece {
    type Output = PieceDone;

    async fn run(&mut self, by: &By, batch: &mut Batch<'_>) -> Result<PieceDone, Stop> {
        let source_no = self.run.source_no;
        let mut desks = Desks::open(batch, by.org, &[source_no], &[]).await?;
        if self.run.trigger == Trigger::Run {
            desks.switch_on(source_no);
        }
        let mut done = PieceDone { given: BTreeMap::new(), place: None };
        let Some(pool) = desks.pool(source_no).filter(|_| desks.anybody(source_no)) else { return Ok(done) };
        let (order, policy) = (pool.order, pool.policy);
        let leads = lead_list_waiting(batch.tx, by.org, source_no, order, self.place, self.limit).await?;
        let how =
            How { trigger: self.run.trigger, batch: Some(self.batch_id), actor: by.actor.as_str().into() };
        let full = leads.len() as i64 == self.limit;
        let last = leads.last().map(|lead| BacklogPlace { value: lead.value, lead_no: lead.lead_no });
        for lead in leads {
            if let Some(given) = desks.give(&Standing::waiting(lead, source_no), &how) {
                *done.given.entry(given.agent_no).or_default() += 1;
            }
        }
        done.place = last.filter(|_| full && desks.anybody(source_no));
        desks.record(batch, self.bulk).await?;
        if !done.given.is_empty() {
            let row = batch_row(self, &done.given, policy.into(), by, batch.now.0);
            batch_put(batch.tx, by.org, &row).await?;
        }
        Ok(done)
    }

    /// Another piece follows.
    fn is_step(done: &PieceDone) -> bool {
        done.place.is_some()
    }
}

fn batch_row(
    piece: &Piece,
    given: &BTreeMap<i64, i64>,
    method: model::Method,
    by: &By,
    now: i64,
) -> BatchRow {
    let mut all = piece.so_far.clone();
    for (agent_no, n) in given {
        *all.entry(*agent_no).or_default() += n;
    }
    let parts: Vec<_> = all.iter().map(|(a, n)| serde_json::json!({"agent_no": a, "assigned": n})).collect();
    BatchRow {
        id: piece.batch_id.0,
        source_no: piece.run.source_no,
        trigger: piece.run.trigger,
        method,
        leads: all.values().sum(),
        breakdown: parts.into(),
        actor: by.actor.clone(),
        created_at: now,
    }
}

/// Gives leads out in memory and records nothing.
struct Preview {
    source_no: i64,
}

impl Command for Preview {
    type Output = BTreeMap<i64, i64>;

    async fn run(&mut self, by: &By, batch: &mut Batch<'_>) -> Result<Self::Output, Stop> {
        let mut desks = Desks::open(batch, by.org, &[self.source_no], &[]).await?;
        desks.switch_on(self.source_no);
        let order = desks.pool(self.source_no).ok_or(Refusal::NotConfigured)?.order;
        let how = How { trigger: Trigger::Run, batch: None, actor: "preview".into() };
        let (mut counts, mut place) = (BTreeMap::new(), None);
        loop {
            let leads = lead_list_waiting(batch.tx, by.org, self.source_no, order, place, PIECE).await?;
            place = leads.last().map(|lead| BacklogPlace { value: lead.value, lead_no: lead.lead_no });
            for lead in leads {
                if let Some(given) = desks.give(&Standing::waiting(lead, self.source_no), &how) {
                    *counts.entry(given.agent_no).or_default() += 1;
                }
            }
            if place.is_none() || !desks.anybody(self.source_no) {
                return Ok(counts);
            }
        }
    }
}

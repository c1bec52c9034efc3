//! A lead comes in: stored, given out, told, in one transaction; many at once.

use crate::assign::{Desks, Given, How, Standing, backlog};
use crate::batch::{Batch, Origin};
use crate::command::{Keyed, Outcome, answered};
use crate::committer::Item;
use crate::lead::duplicates::{Fate, store_leads};
use crate::{By, Engine, Failure, IdempotencyKey, Refusal, Reply};
use model::event::{Event, Place};
use model::{LeadDraft, LeadId, OrgId, Status, Trigger};
use std::collections::{BTreeMap, HashMap};
use store::idempotency::{StoredAnswer, answers_fetch, answers_insert};
use store::lead::{LeadMove, LeadRow, LeadView, history_insert, lead_fetch_no, lead_views};
use store::source::Source;
use tokio::sync::oneshot;
use uuid::Uuid;

/// A lead that was created, or was known already.
#[derive(Debug, Clone)]
pub struct Created {
    /// The lead as it stands now.
    pub lead: LeadView,
    /// It was known: `lead` is the earlier one.
    pub duplicate: bool,
}

/// Renders the answer that is stored under an idempotency key.
pub type RenderCreated = crate::command::Render<Created>;

pub(crate) struct CreateJob {
    by: By,
    source: String,
    draft: LeadDraft,
    keyed: Option<Keyed<Created>>,
    outcome: Option<Outcome<Created>>,
    reply: oneshot::Sender<Result<Reply<Created>, Failure>>,
}

impl CreateJob {
    pub(crate) fn answer(self, committed: Result<(), Failure>) {
        // A caller that has gone away is no error.
        let _ = self.reply.send(answered(committed, self.outcome));
    }

    fn settle(&mut self, result: Result<Created, Refusal>, kept: &mut Kept) {
        self.outcome = Some(match &self.keyed {
            Some(keyed) => {
                let (answer, outcome) = keyed.rendered(&result);
                kept.push((keyed.key.key.clone(), answer));
                outcome
            }
            None => result.map(Reply::Fresh),
        });
    }
}

/// Answers to be stored under their keys.
type Kept = Vec<(String, StoredAnswer)>;

impl Engine {
    /// Stores a lead and gives it out; answers after the commit.
    pub async fn create_lead(
        &self,
        by: &By,
        source: String,
        draft: LeadDraft,
        key: Option<IdempotencyKey>,
        render: RenderCreated,
    ) -> Result<Reply<Created>, Failure> {
        let (reply, answer) = oneshot::channel();
        let keyed = key.map(|key| Keyed { key, render });
        let job = CreateJob { by: by.clone(), source, draft, keyed, outcome: None, reply };
        self.queue().quick(Item::Create(Box::new(job)))?;
        answer.await.map_err(|_| Failure::Busy("the server stopped before the answer".to_owned()))?
    }
}

/// Runs the creations of a batch, organisation by organisation. Two with the same idempotency key are taken one
/// after the other, so that the second finds the first's answer.
pub(crate) async fn create_leads(batch: &mut Batch<'_>, jobs: &mut [&mut CreateJob]) -> store::Result<()> {
    let mut rounds: BTreeMap<(OrgId, usize), Vec<usize>> = BTreeMap::new();
    let mut seen: HashMap<(OrgId, String), usize> = HashMap::new();
    for (index, job) in jobs.iter_mut().enumerate() {
        job.outcome = None;
        let round = match &job.keyed {
            None => 0,
            Some(keyed) => {
                let times = seen.entry((job.by.org, keyed.key.key.clone())).or_insert(0);
                *times += 1;
                *times - 1
            }
        };
        rounds.entry((job.by.org, round)).or_default().push(index);
    }
    for ((org, _), round) in rounds {
        create_round(batch, org, jobs, round).await?;
    }
    Ok(())
}

async fn create_round(
    batch: &mut Batch<'_>,
    org: OrgId,
    jobs: &mut [&mut CreateJob],
    mut round: Vec<usize>,
) -> store::Result<()> {
    answer_again(batch, org, jobs, &mut round).await?;
    let mut kept = Kept::new();
    let sources = find_sources(batch, org, jobs, &mut round, &mut kept).await?;
    if !round.is_empty() {
        create_all(batch, org, jobs, round, sources, &mut kept).await?;
    }
    if kept.is_empty() {
        return Ok(());
    }
    let kept: Vec<_> = kept.iter().map(|(key, answer)| (key.as_str(), answer.clone())).collect();
    answers_insert(batch.tx, org, &kept, batch.now.0).await
}

/// Requests whose key was answered before get that answer and leave the round.
async fn answer_again(
    batch: &Batch<'_>,
    org: OrgId,
    jobs: &mut [&mut CreateJob],
    round: &mut Vec<usize>,
) -> store::Result<()> {
    let keys: Vec<&str> =
        round.iter().filter_map(|&index| jobs[index].keyed.as_ref()).map(|k| k.key.key.as_str()).collect();
    if keys.is_empty() {
        return Ok(());
    }
    let since = batch.now.plus_seconds(-store::idempotency::KEPT_SECONDS).0;
    let mut answers = answers_fetch(batch.tx, org, &keys, since).await?;
    for &index in round.iter() {
        let job = &mut jobs[index];
        job.outcome = job.keyed.as_ref().and_then(|k| answers.remove(&k.key.key).map(|a| k.replay(a)));
    }
    round.retain(|&index| jobs[index].outcome.is_none());
    Ok(())
}

async fn create_all(
    batch: &mut Batch<'_>,
    org: OrgId,
    jobs: &mut [&mut CreateJob],
    round: Vec<usize>,
    sources: HashMap<String, Source>,
    kept: &mut Kept,
) -> store::Result<()> {
    let policy = store::organization::organization_fetch(batch.tx, org).await?.duplicate_policy;
    let numbers: Vec<i64> = sources.values().map(|s| s.source_no).collect();
    let mut desks = Desks::open(batch, org, &numbers, &[]).await?;
    backlog::first_in_line(batch, org, &mut desks, &numbers).await?;

    let mut rows = new_rows(batch, org, jobs, &round, &sources).await?;
    let fates = store_leads(batch, org, &mut rows, policy).await?;
    let how = How { trigger: Trigger::Create, batch: None, actor: "api".into() };
    let (mut history, mut given) = (Vec::new(), HashMap::new());
    for ((row, fate), &index) in rows.iter_mut().zip(&fates).zip(&round) {
        if matches!(fate, Fate::Duplicate { .. }) {
            continue;
        }
        row.changes = 1;
        history.push(born(row, &jobs[index].by.actor));
        let origin = Origin { org, source_no: row.source_no, created_at: row.created_at };
        batch.came_in(origin, 1);
        batch.tell(org, created_event(row));
        if let Some(given_now) = desks.give(&Standing::from(&*row), &how) {
            given.insert(row.lead_no, given_now.clone());
        }
    }
    history_insert(batch.tx, &history).await?;
    let names: HashMap<i64, _> = given
        .values()
        .filter_map(|g: &Given| desks.name(g.agent_no).map(|name| (g.agent_no, name)))
        .collect();
    desks.record(batch, false).await?;

    let names_of: HashMap<i64, String> = sources.values().map(|s| (s.source_no, s.name.clone())).collect();
    for ((mut row, fate), index) in rows.into_iter().zip(fates).zip(round) {
        let created = match fate {
            Fate::Duplicate { of, .. } => known(batch, org, of.lead_no).await?,
            Fate::Stored | Fate::Kept { .. } => {
                if let Some(given) = given.get(&row.lead_no) {
                    (row.status, row.changes) = (given.status, given.changes);
                    row.agent_no = Some(given.agent_no);
                    row.assigned_at = Some(batch.now.0);
                }
                let duplicate_of = match fate {
                    Fate::Kept { of } => Some(of),
                    _ => None,
                };
                let agent = row.agent_no.and_then(|no| names.get(&no).cloned());
                let source = names_of.get(&row.source_no).cloned().unwrap_or_default();
                Created { lead: LeadView { row, source, agent, duplicate_of }, duplicate: false }
            }
        };
        jobs[index].settle(Ok(created), kept);
    }
    Ok(())
}

async fn known(batch: &Batch<'_>, org: OrgId, lead_no: i64) -> store::Result<Created> {
    let row = lead_fetch_no(batch.tx, org, lead_no).await?;
    let lead = lead_views(batch.tx, org, vec![row]).await?.pop().ok_or(store::Error::NotFound)?;
    Ok(Created { lead, duplicate: true })
}

/// Finds the sources the jobs name; those that name none that takes leads are refused and leave the round.
async fn find_sources(
    batch: &Batch<'_>,
    org: OrgId,
    jobs: &mut [&mut CreateJob],
    round: &mut Vec<usize>,
    kept: &mut Kept,
) -> store::Result<HashMap<String, Source>> {
    let mut found: HashMap<String, Source> = HashMap::new();
    let mut keep = Vec::with_capacity(round.len());
    for &index in round.iter() {
        let name = jobs[index].source.clone();
        if !found.contains_key(&name) {
            match store::source::source_find(batch.tx, org, &name).await {
                Ok(source) => {
                    found.insert(name.clone(), source);
                }
                Err(store::Error::NotFound) => {
                    jobs[index].settle(Err(Refusal::UnknownSource(name)), kept);
                    continue;
                }
                Err(error) => return Err(error),
            }
        }
        match found.get(&name).is_some_and(|s| s.active) {
            true => keep.push(index),
            false => jobs[index].settle(Err(Refusal::SourceInactive), kept),
        }
    }
    *round = keep;
    found.retain(|_, source| source.active);
    Ok(found)
}

async fn new_rows(
    batch: &mut Batch<'_>,
    org: OrgId,
    jobs: &[&mut CreateJob],
    round: &[usize],
    sources: &HashMap<String, Source>,
) -> store::Result<Vec<LeadRow>> {
    let now = batch.now.0;
    let counter = batch.counter(org).await?;
    let now = counter.created_at(now);
    let mut rows = Vec::with_capacity(round.len());
    for &index in round {
        let job = &jobs[index];
        let source = sources.get(&job.source).ok_or(store::Error::NotFound)?;
        counter.lead_no += 1;
        let mut row = LeadRow::new(
            org,
            counter.lead_no,
            LeadId(Uuid::now_v7()),
            source.source_no,
            now,
            job.draft.clone(),
        );
        row.changes = 1;
        rows.push(row);
    }
    Ok(rows)
}

/// The first line of a lead's history.
fn born(row: &LeadRow, actor: &str) -> LeadMove {
    LeadMove {
        org_id: row.org_id,
        lead_no: row.lead_no,
        n: 1,
        from_status: None,
        to_status: Status::New,
        is_open: true,
        agent_before: None,
        agent_no: None,
        share_paid: false,
        skip_agent: None,
        callback_at: None,
        why: "created",
        actor: actor.into(),
        note: None,
        at: row.created_at,
        given: false,
    }
}

fn created_event(row: &LeadRow) -> Event {
    let details = row.details();
    Event::LeadCreated {
        lead_id: row.lead_id(),
        title: details.title,
        description: details.description,
        category: row.category.clone(),
        location: Place { city: row.city.clone(), suburb: details.suburb },
        urgency: row.urgency,
        price: None,
        score: None,
    }
}

//! A lead is worked: given by hand, handed back, disposed of, corrected.

use crate::assign::{Desks, How, Standing};
use crate::batch::{Batch, Origin};
use crate::{By, Command, Refusal, Scope, Stop};
use model::event::Event;
use model::{AgentId, Email, LeadDraft, LeadId, Micros, Status, Trigger};
use store::lead::{
    Done, LeadMove, LeadRow, LeadView, history_insert, lead_fetch, lead_fetch_locked, lead_move, lead_views,
};

/// The lead, if the caller may touch it.
async fn mine(batch: &Batch<'_>, by: &By, id: LeadId) -> Result<LeadRow, Stop> {
    match lead_fetch_locked(batch.tx, by.org, id).await {
        Ok(lead) if by.scope.covers(lead.agent_no) => Ok(lead),
        Ok(_) | Err(store::Error::NotFound) => Err(Refusal::NotFound("lead").into()),
        Err(error) => Err(error.into()),
    }
}

/// Whoever saw an older state of the lead decides again, looking at the newest.
fn as_seen(lead: &LeadRow, seen: Option<i64>) -> Result<(), Refusal> {
    match seen {
        Some(changes) if changes != lead.changes => Err(Refusal::LeadMoved),
        _ => Ok(()),
    }
}

async fn view(batch: &Batch<'_>, by: &By, id: LeadId) -> Result<LeadView, Stop> {
    let row = lead_fetch(batch.tx, by.org, id).await?;
    Ok(lead_views(batch.tx, by.org, vec![row]).await?.pop().ok_or(store::Error::NotFound)?)
}

/// A person gives a lead to an agent, whoever holds it now.
#[derive(Debug, Clone)]
pub struct AssignLead {
    /// Which.
    pub lead: LeadId,
    /// To whom.
    pub agent: AgentId,
    /// Why, for the history.
    pub reason: Option<String>,
    /// How many changes of the lead the person had seen; `None`: it does not matter.
    pub seen: Option<i64>,
}

impl Command for AssignLead {
    type Output = LeadView;

    async fn run(&mut self, by: &By, batch: &mut Batch<'_>) -> Result<LeadView, Stop> {
        let agent = match store::agent::agent_fetch(batch.tx, by.org, self.agent).await {
            Err(store::Error::NotFound) => {
                let message = "no such agent".to_owned();
                return Err(Refusal::Invalid { field: "agent_id", message }.into());
            }
            other => other?,
        };
        let seen = match lead_fetch(batch.tx, by.org, self.lead).await {
            Err(store::Error::NotFound) => return Err(Refusal::NotFound("lead").into()),
            other => other?,
        };
        let extra: Vec<i64> = [Some(agent.agent_no), seen.agent_no].into_iter().flatten().collect();
        let mut desks = Desks::open(batch, by.org, &[seen.source_no], &extra).await?;
        let lead = mine(batch, by, self.lead).await?;
        if lead.agent_no != seen.agent_no {
            return Err(store::Error::Conflict("the lead moved meanwhile".to_owned()).into());
        }
        as_seen(&lead, self.seen)?;
        if !agent.active {
            return Err(Refusal::AgentInactive.into());
        }
        if lead.agent_no == Some(agent.agent_no) {
            return Err(Refusal::AlreadyTheirs.into());
        }
        if !lead.is_open {
            return Err(Refusal::Final(lead.status).into());
        }
        let how = How { trigger: Trigger::Manual, batch: None, actor: by.actor.as_str().into() };
        let mut standing = Standing::from(&lead);
        if lead.agent_no.is_some() {
            let slot = last_slot(batch, by, &lead).await?;
            let reason = Some("given to somebody else".to_owned());
            standing = desks.hand_back(&standing, &how, slot, reason).ok_or(Refusal::NotAssigned)?;
        }
        desks.give_to(&standing, &how, agent.agent_no, self.reason.clone());
        desks.record(batch, false).await?;
        view(batch, by, self.lead).await
    }
}

/// The slot under which a lead was given to the agent who holds it.
async fn last_slot(batch: &Batch<'_>, by: &By, lead: &LeadRow) -> store::Result<Option<i64>> {
    let step = store::assignment::assignment_latest(batch.tx, by.org, lead.lead_no).await?;
    Ok(step.and_then(|s| s.slot))
}

/// The agent gives a lead back; it is given to another, first in line.
#[derive(Debug, Clone)]
pub struct HandBack {
    /// Which.
    pub lead: LeadId,
    /// Why.
    pub reason: Option<String>,
    /// How many changes of the lead the person had seen; `None`: it does not matter.
    pub seen: Option<i64>,
}

impl Command for HandBack {
    type Output = LeadView;

    async fn run(&mut self, by: &By, batch: &mut Batch<'_>) -> Result<LeadView, Stop> {
        let seen = match lead_fetch(batch.tx, by.org, self.lead).await {
            Ok(lead) if by.scope.covers(lead.agent_no) => lead,
            Ok(_) | Err(store::Error::NotFound) => return Err(Refusal::NotFound("lead").into()),
            Err(error) => return Err(error.into()),
        };
        let Some(agent_no) = seen.agent_no else { return Err(Refusal::NotAssigned.into()) };
        let mut desks = Desks::open(batch, by.org, &[seen.source_no], &[agent_no]).await?;
        let lead = mine(batch, by, self.lead).await?;
        if lead.agent_no != seen.agent_no {
            return Err(store::Error::Conflict("the lead moved meanwhile".to_owned()).into());
        }
        as_seen(&lead, self.seen)?;
        if !lead.is_open {
            return Err(Refusal::Final(lead.status).into());
        }
        let how = How { trigger: Trigger::Manual, batch: None, actor: by.actor.as_str().into() };
        let slot = last_slot(batch, by, &lead).await?;
        desks.hand_back(&Standing::from(&lead), &how, slot, self.reason.clone());
        desks.record(batch, false).await?;
        batch.wake(by.org, lead.source_no);
        wake_pools_of(batch, by, agent_no).await?;
        view(batch, by, self.lead).await
    }
}

/// Somebody has room again: every pool of theirs is looked at after the commit.
async fn wake_pools_of(batch: &mut Batch<'_>, by: &By, agent_no: i64) -> store::Result<()> {
    for source_no in store::agent::agent_pools(batch.tx, by.org, agent_no).await? {
        batch.wake(by.org, source_no);
    }
    Ok(())
}

/// How work on a lead went.
#[derive(Debug, Clone)]
pub struct Dispose {
    /// Which.
    pub lead: LeadId,
    /// Where it stands now.
    pub status: Status,
    /// What was said.
    pub note: Option<String>,
    /// When the person wants to be called; with status `callback` only.
    pub callback_at: Option<Micros>,
    /// How many changes of the lead the person had seen; `None`: it does not matter.
    pub seen: Option<i64>,
}

impl Command for Dispose {
    type Output = LeadView;

    async fn run(&mut self, by: &By, batch: &mut Batch<'_>) -> Result<LeadView, Stop> {
        self.check()?;
        let agent_no = match lead_fetch(batch.tx, by.org, self.lead).await {
            Ok(lead) if by.scope.covers(lead.agent_no) => lead.agent_no,
            Ok(_) | Err(store::Error::NotFound) => return Err(Refusal::NotFound("lead").into()),
            Err(error) => return Err(error.into()),
        };
        if let Some(agent_no) = agent_no {
            store::agent::agent_list_locked(batch.tx, by.org, &[agent_no]).await?;
        }
        let lead = mine(batch, by, self.lead).await?;
        if lead.agent_no != agent_no {
            return Err(store::Error::Conflict("the lead moved meanwhile".to_owned()).into());
        }
        as_seen(&lead, self.seen)?;
        if !lead.status.may_become(self.status) {
            return Err(Refusal::MoveNotAllowed { from: lead.status, to: self.status }.into());
        }
        let is_open = !self.status.is_final();
        let moved = [self.movement(by, &lead, is_open, batch.now)];
        lead_move(batch.tx, &moved).await?;
        history_insert(batch.tx, &moved).await?;
        let waited = i64::from(lead.agent_no.is_none() && lead.is_open);
        let waits = i64::from(lead.agent_no.is_none() && is_open);
        let origin = Origin { org: by.org, source_no: lead.source_no, created_at: lead.created_at };
        batch.tally(origin, lead.status, -1, -waited);
        batch.tally(origin, self.status, 1, waits);
        if lead.is_open && !is_open {
            batch.flow(by.org, lead.source_no).closed += 1;
        }
        let mut holder = None;
        if let Some(agent_no) = lead.agent_no {
            let change = i64::from(is_open) - i64::from(lead.is_open);
            let sale = |status: Status| i64::from(status == Status::Sale);
            let done = Done { results: 1, sales: sale(self.status) - sale(lead.status) };
            store::lead::work_add(batch.tx, by.org, agent_no, batch.now, done).await?;
            if change != 0 {
                store::agent::agent_open_add(batch.tx, by.org, agent_no, change).await?;
                wake_pools_of(batch, by, agent_no).await?;
            }
            holder = store::agent::agent_list_no(batch.tx, by.org, &[agent_no]).await?.pop().map(|a| a.id);
        }
        let why = self.note.as_ref().map_or("disposition", |_| "disposition with a note").to_owned();
        let event = Event::LeadStatusChanged {
            lead_id: self.lead,
            from: lead.status,
            to: self.status,
            agent_id: holder,
            why,
        };
        batch.tell_about(by.org, lead.agent_no, event);
        view(batch, by, self.lead).await
    }
}

impl Dispose {
    fn check(&self) -> Result<(), Refusal> {
        if !self.status.is_disposition() {
            let message = format!("{} is not the result of work", self.status);
            return Err(Refusal::Invalid { field: "status", message });
        }
        if (self.status == Status::Callback) != self.callback_at.is_some() {
            let message = "goes with the status callback, and is required there".to_owned();
            return Err(Refusal::Invalid { field: "callback_at", message });
        }
        Ok(())
    }

    fn movement(&self, by: &By, lead: &LeadRow, is_open: bool, now: Micros) -> LeadMove {
        LeadMove {
            org_id: by.org.0,
            lead_no: lead.lead_no,
            n: lead.changes + 1,
            from_status: Some(lead.status),
            to_status: self.status,
            is_open,
            agent_before: lead.agent_no,
            agent_no: lead.agent_no,
            share_paid: lead.share_paid,
            skip_agent: lead.skip_agent,
            callback_at: self.callback_at.map(|at| at.0),
            why: "disposition",
            actor: by.actor.as_str().into(),
            note: self.note.clone(),
            at: now.0,
            given: false,
        }
    }
}

/// Corrects what is known of a lead; what is not given stays. Status and agent have commands of their own.
#[derive(Debug, Clone)]
pub struct PatchLead {
    /// Which.
    pub lead: LeadId,
    /// The fields to write over; empty ones are left alone.
    pub draft: LeadDraft,
    /// How many changes of the lead the person had seen; `None`: it does not matter.
    pub seen: Option<i64>,
}

impl Command for PatchLead {
    type Output = LeadView;

    async fn run(&mut self, by: &By, batch: &mut Batch<'_>) -> Result<LeadView, Stop> {
        if by.scope != Scope::All {
            let seen = lead_fetch(batch.tx, by.org, self.lead).await.ok();
            if !seen.is_some_and(|lead| by.scope.covers(lead.agent_no)) {
                return Err(Refusal::NotFound("lead").into());
            }
        }
        let mut lead = mine(batch, by, self.lead).await?;
        as_seen(&lead, self.seen)?;
        let mut new =
            LeadRow::new(by.org, lead.lead_no, self.lead, lead.source_no, batch.now.0, self.draft.clone());
        let matches = store::lead::lead_match(batch.tx, by.org, &[&new]).await?;
        if let Some(other) = matches.iter().find(|m| m.lead_no != lead.lead_no)
            && lead.duplicate_of.is_none()
        {
            let uid = model::lead::uid(other.lead_no);
            return Err(Refusal::Taken(format!("{uid} has this phone, e-mail or external id already")).into());
        }
        if self.draft.urgency == Some(model::Urgency::Normal) {
            lead.urgency = model::Urgency::Normal;
        }
        if let Some(email) = &self.draft.email {
            new.email_key = Some(store::lead::text_key(&Email::key(email)));
        }
        let corrected = [corrected(by, &lead, batch.now)];
        lead_move(batch.tx, &corrected).await?;
        history_insert(batch.tx, &corrected).await?;
        crate::lead::duplicates::fill(&mut lead, &new);
        lead.changed_at = batch.now.0;
        store::lead::lead_fill(batch.tx, &lead).await?;
        let view = view(batch, by, self.lead).await?;
        let event = Event::LeadStatusChanged {
            lead_id: self.lead,
            from: lead.status,
            to: lead.status,
            agent_id: view.agent.as_ref().map(|agent| agent.id),
            why: CORRECTED.to_owned(),
        };
        batch.tell_about(by.org, lead.agent_no, event);
        Ok(view)
    }
}

const CORRECTED: &str = "corrected";

/// The lead stays where it is; that it was corrected is history.
fn corrected(by: &By, lead: &LeadRow, now: Micros) -> LeadMove {
    LeadMove {
        org_id: by.org.0,
        lead_no: lead.lead_no,
        n: lead.changes + 1,
        from_status: Some(lead.status),
        to_status: lead.status,
        is_open: lead.is_open,
        agent_before: lead.agent_no,
        agent_no: lead.agent_no,
        share_paid: lead.share_paid,
        skip_agent: lead.skip_agent,
        callback_at: lead.callback_at,
        why: CORRECTED,
        actor: by.actor.as_str().into(),
        note: None,
        at: now.0,
        given: false,
    }
}

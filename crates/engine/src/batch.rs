//! What a transaction gathers while its commands run, and writes at its end: numbers, tallies, events.

use crate::By;
use crate::notice::Notice;
use model::event::Event;
use model::{Area, EventId, Micros, OrgId, Status, UserId};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use store::Tx;
use store::audit::AuditRow;
use store::flow::{self, Cohort, Flow};
use store::lead::Tally;
use store::organization::Counter;
use store::outbox::EventRow;
use uuid::Uuid;

/// The open transaction with what has been gathered for its end.
pub struct Batch<'c> {
    pub(crate) tx: &'c Tx<'c>,
    pub(crate) now: Micros,
    counters: BTreeMap<OrgId, Counter>,
    events: Vec<Told>,
    /// What people are to be told.
    pub(crate) notices: Vec<Notice>,
    /// Whose command runs now.
    org: OrgId,
    access: BTreeSet<OrgId>,
    tallies: BTreeMap<(OrgId, i64, Status), (i64, i64)>,
    cohorts: BTreeMap<(OrgId, i64, i64, Status), (i64, i64)>,
    flows: BTreeMap<(OrgId, i64, i64), Flow>,
    audits: Vec<AuditRow>,
    effects: Effects,
}

/// An event, and whom it concerns.
struct Told {
    org: OrgId,
    event: Event,
    user: Option<UserId>,
    agent_no: Option<i64>,
    test: bool,
}

/// What the rest of the process learns after the commit.
#[derive(Debug, Clone, Default)]
pub struct Effects {
    /// Organisations with new events, and their newest cursor.
    pub cursors: Vec<(OrgId, i64)>,
    /// Pools where somebody may have become eligible, or leads may wait.
    pub wake: Vec<(OrgId, i64)>,
    /// Rights changed: what is remembered about callers is void.
    pub access_changed: bool,
    /// In which organisations, and how often they have changed there by now.
    pub access: Vec<(OrgId, i64)>,
    /// Webhook endpoints or deliveries changed by hand: the worker is to look.
    pub webhooks_changed: bool,
    /// Mail was put into the queue.
    pub mail_waits: bool,
}

/// Where a lead came in, and when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origin {
    pub(crate) org: OrgId,
    pub(crate) source_no: i64,
    pub(crate) created_at: i64,
}

impl<'c> Batch<'c> {
    pub(crate) fn new(tx: &'c Tx<'c>, now: Micros) -> Self {
        Self {
            tx,
            now,
            counters: BTreeMap::new(),
            events: Vec::new(),
            notices: Vec::new(),
            org: OrgId(0),
            access: BTreeSet::new(),
            tallies: BTreeMap::new(),
            cohorts: BTreeMap::new(),
            flows: BTreeMap::new(),
            audits: Vec::new(),
            effects: Effects::default(),
        }
    }

    /// The organisation's numbers, locked until the commit.
    pub(crate) async fn counter(&mut self, org: OrgId) -> store::Result<&mut Counter> {
        if !self.counters.contains_key(&org) {
            let counter = store::organization::counter_lock(self.tx, org).await?;
            self.counters.insert(org, counter);
        }
        self.counters.get_mut(&org).ok_or(store::Error::NotFound)
    }

    /// Says whose command runs from here on.
    pub(crate) fn working_for(&mut self, org: OrgId) {
        self.org = org;
    }

    /// Remembers an event; it gets its cursor at the end. Staff see it.
    pub(crate) fn tell(&mut self, org: OrgId, event: Event) {
        self.events.push(Told { org, event, user: None, agent_no: None, test: false });
    }

    /// The same about a lead that an agent holds, or held until now: that agent sees it, too.
    pub(crate) fn tell_about(&mut self, org: OrgId, agent_no: Option<i64>, event: Event) {
        self.events.push(Told { org, event, user: None, agent_no, test: false });
    }

    /// Remembers an event for one user alone.
    pub fn tell_user(&mut self, org: OrgId, user: UserId, event: Event) {
        self.events.push(Told { org, event, user: Some(user), agent_no: None, test: false });
    }

    /// An event of which nothing is true: it is marked as a test. For one user alone, or for staff.
    pub fn tell_test(&mut self, org: OrgId, user: Option<UserId>, event: Event) {
        self.events.push(Told { org, event, user, agent_no: None, test: true });
    }

    /// Counts leads of a source in or out of a status, and in or out of its queue.
    pub(crate) fn tally(&mut self, origin: Origin, status: Status, leads: i64, waiting: i64) {
        let Origin { org, source_no, created_at } = origin;
        let add = |entry: &mut (i64, i64)| {
            entry.0 += leads;
            entry.1 += waiting;
        };
        add(self.tallies.entry((org, source_no, status)).or_default());
        let quarter = flow::quarter(created_at);
        if quarter > self.now.plus_seconds(-flow::COHORT_SECONDS).0 {
            add(self.cohorts.entry((org, quarter, source_no, status)).or_default());
        }
    }

    /// What happens now in a source: to be counted up.
    pub(crate) fn flow(&mut self, org: OrgId, source_no: i64) -> &mut Flow {
        self.flow_at(org, source_no, self.now.0)
    }

    fn flow_at(&mut self, org: OrgId, source_no: i64, at: i64) -> &mut Flow {
        let quarter = flow::quarter(at);
        let none = Flow { org_id: org.0, quarter, source_no, ..Flow::default() };
        self.flows.entry((org, quarter, source_no)).or_insert(none)
    }

    /// Counts new leads: they wait. A lead may have come in a little later than the batch's own clock says.
    pub(crate) fn came_in(&mut self, origin: Origin, leads: i64) {
        self.tally(origin, Status::New, leads, leads);
        self.flow_at(origin.org, origin.source_no, origin.created_at).created += leads;
    }

    /// After the commit, looks whether leads of this source can be given out now.
    pub(crate) fn wake(&mut self, org: OrgId, source_no: i64) {
        if !self.effects.wake.contains(&(org, source_no)) {
            self.effects.wake.push((org, source_no));
        }
    }

    /// After the commit, forgets what is remembered about callers.
    pub(crate) fn access_changed(&mut self) {
        self.access_changed_in(self.org);
    }

    /// The same for another organisation than the command's own.
    pub(crate) fn access_changed_in(&mut self, org: OrgId) {
        self.effects.access_changed = true;
        if org != OrgId(0) {
            self.access.insert(org);
        }
    }

    /// After the commit, has the webhooks' worker look at endpoints and deliveries.
    pub(crate) fn webhooks_changed(&mut self) {
        self.effects.webhooks_changed = true;
    }

    /// After the commit, sends what waits in the mail queue.
    pub(crate) fn mail_waits(&mut self) {
        self.effects.mail_waits = true;
    }

    /// Writes into the audit log that somebody changed a setting: `subject` is its id, `what` a short sentence without
    /// anybody's contact data. Other people's pages learn of it by an event.
    pub(crate) fn audit(&mut self, by: &By, area: Area, subject: impl Display, what: impl Into<String>) {
        let subject = subject.to_string();
        self.tell(by.org, Event::SettingsChanged { area: area.as_str(), id: subject.clone() });
        self.audits.push(AuditRow {
            org: by.org,
            id: Uuid::now_v7(),
            actor: by.actor.clone(),
            area: area.as_str().to_owned(),
            subject,
            what: what.into(),
            created_at: self.now.0,
        });
    }

    /// Writes what was gathered. The counters come last: their lock makes cursors gapless and in commit order.
    pub(crate) async fn finish(mut self) -> store::Result<Effects> {
        let tallies: Vec<Tally> = self
            .tallies
            .iter()
            .filter(|(_, change)| **change != (0, 0))
            .map(|((org, source_no, status), (leads, waiting))| Tally {
                org_id: org.0,
                source_no: *source_no,
                status: *status,
                leads: *leads,
                waiting: *waiting,
            })
            .collect();
        if !self.notices.is_empty() {
            crate::notice::write(&mut self).await?;
        }
        let rows = self.numbered().await?;
        for org in std::mem::take(&mut self.access) {
            let counter = self.counter(org).await?;
            counter.access += 1;
            let access = counter.access;
            self.effects.access.push((org, access));
        }
        store::lead::tally_add(self.tx, &tallies).await?;
        self.count().await?;
        store::audit::audit_insert(self.tx, &self.audits).await?;
        store::outbox::event_insert(self.tx, &rows).await?;
        for (org, counter) in &self.counters {
            store::organization::counter_put(self.tx, *org, counter).await?;
        }
        let told: BTreeMap<i64, i64> = rows.iter().map(|row| (row.org_id, row.cursor)).collect();
        self.effects.cursors = told.into_iter().map(|(org, cursor)| (OrgId(org), cursor)).collect();
        Ok(self.effects)
    }

    /// The events as rows, each with its cursor.
    async fn numbered(&mut self) -> store::Result<Vec<EventRow>> {
        let events = std::mem::take(&mut self.events);
        let mut rows = Vec::with_capacity(events.len());
        for told in events {
            let now = self.now.0;
            let counter = self.counter(told.org).await?;
            counter.cursor += 1;
            rows.push(EventRow {
                org_id: told.org.0,
                cursor: counter.cursor,
                id: EventId(Uuid::now_v7()).0,
                kind: told.event.kind(),
                data: store::outbox::event_data(&told.event, told.test)?,
                occurred_at: now,
                user_id: told.user.map(|user| user.0),
                agent_no: told.agent_no,
            });
        }
        Ok(rows)
    }

    /// Writes the counters of the overview.
    async fn count(&self) -> store::Result<()> {
        let happened = |f: &&Flow| (f.created, f.assigned, f.handed_back, f.closed) != (0, 0, 0, 0);
        let flows: Vec<Flow> = self.flows.values().filter(happened).copied().collect();
        flow::flow_add(self.tx, &flows).await?;
        let cohort = |(key, change): (&(OrgId, i64, i64, Status), &(i64, i64))| {
            let ((org, quarter, source_no, status), (leads, waiting)) = (*key, *change);
            (change != &(0, 0)).then_some(Cohort {
                org_id: org.0,
                quarter,
                source_no,
                status,
                leads,
                waiting,
            })
        };
        let cohorts: Vec<Cohort> = self.cohorts.iter().filter_map(cohort).collect();
        flow::cohort_add(self.tx, &cohorts).await
    }
}

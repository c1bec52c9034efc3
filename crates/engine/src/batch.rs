//! What a transaction gathers while its commands run, and writes at its end: numbers, tallies, events.

use model::event::Event;
use model::{EventId, Micros, OrgId, Status};
use std::collections::BTreeMap;
use store::Tx;
use store::lead::Tally;
use store::organization::Counter;
use store::outbox::EventRow;
use uuid::Uuid;

/// The open transaction with what has been gathered for its end.
pub struct Batch<'c> {
    pub(crate) tx: &'c Tx<'c>,
    pub(crate) now: Micros,
    counters: BTreeMap<OrgId, Counter>,
    events: Vec<(OrgId, Event)>,
    tallies: BTreeMap<(OrgId, i64, Status), (i64, i64)>,
    effects: Effects,
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
}

impl<'c> Batch<'c> {
    pub(crate) fn new(tx: &'c Tx<'c>, now: Micros) -> Self {
        Self {
            tx,
            now,
            counters: BTreeMap::new(),
            events: Vec::new(),
            tallies: BTreeMap::new(),
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

    /// Remembers an event; it gets its cursor at the end.
    pub(crate) fn tell(&mut self, org: OrgId, event: Event) {
        self.events.push((org, event));
    }

    /// Counts leads of a source in or out of a status, and in or out of its queue.
    pub(crate) fn tally(&mut self, org: OrgId, source_no: i64, status: Status, leads: i64, waiting: i64) {
        let entry = self.tallies.entry((org, source_no, status)).or_default();
        entry.0 += leads;
        entry.1 += waiting;
    }

    /// After the commit, looks whether leads of this source can be given out now.
    pub(crate) fn wake(&mut self, org: OrgId, source_no: i64) {
        if !self.effects.wake.contains(&(org, source_no)) {
            self.effects.wake.push((org, source_no));
        }
    }

    /// After the commit, forgets what is remembered about callers.
    pub(crate) fn access_changed(&mut self) {
        self.effects.access_changed = true;
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
        let events = std::mem::take(&mut self.events);
        let mut rows = Vec::with_capacity(events.len());
        for (org, event) in events {
            let now = self.now.0;
            let counter = self.counter(org).await?;
            counter.cursor += 1;
            rows.push(EventRow {
                org_id: org.0,
                cursor: counter.cursor,
                id: EventId(Uuid::now_v7()).0,
                kind: event.kind(),
                data: store::outbox::event_data(&event)?,
                occurred_at: now,
            });
        }
        store::lead::tally_add(self.tx, &tallies).await?;
        store::outbox::event_insert(self.tx, &rows).await?;
        for (org, counter) in &self.counters {
            store::organization::counter_put(self.tx, *org, counter).await?;
        }
        self.effects.cursors = self.counters.iter().map(|(org, counter)| (*org, counter.cursor)).collect();
        Ok(self.effects)
    }
}

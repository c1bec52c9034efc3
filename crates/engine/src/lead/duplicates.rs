//! Storing leads under the organisation's duplicate policy: the one place where a newcomer meets a known lead.

use crate::batch::Batch;
use model::{DuplicatePolicy, LeadId, OrgId};
use std::collections::BTreeMap;
use store::lead::{
    Claim, LeadMatch, LeadRow, key_settle, lead_fetch_no, lead_fill, lead_insert, lead_match, lead_take_back,
};

/// What became of a newcomer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Stored as a first lead.
    Stored,
    /// Known already; the known lead was left alone or filled up.
    Duplicate { of: LeadMatch, updated: bool },
    /// Known already and stored all the same.
    Kept { of: LeadId },
}

/// Stores `rows` (their numbers are set); what became of each, in order. A row that was kept carries `duplicate_of`.
pub(crate) async fn store_leads(
    batch: &Batch<'_>,
    org: OrgId,
    rows: &mut [LeadRow],
    policy: DuplicatePolicy,
) -> store::Result<Vec<Fate>> {
    let stored = lead_insert(batch.tx, rows).await?;
    let mut fates: Vec<Fate> = Vec::with_capacity(rows.len());
    if stored.iter().all(|s| *s) {
        fates.resize(rows.len(), Fate::Stored);
        return Ok(fates);
    }
    let conflicting: Vec<&LeadRow> = rows.iter().zip(&stored).filter(|(_, s)| !**s).map(|(r, _)| r).collect();
    let known = Known::new(lead_match(batch.tx, org, &conflicting).await?);
    for (row, stored) in rows.iter_mut().zip(stored) {
        fates.push(if stored { Fate::Stored } else { settle(batch, org, row, &known, policy).await? });
    }
    Ok(fates)
}

/// What became of newcomers that are stored without their keys already: those that meet a first lead are taken out
/// again and settled by the policy. Only they are answered, by number, each with its fate and as it stood.
pub(crate) async fn settle_stored(
    batch: &Batch<'_>,
    org: OrgId,
    claims: Vec<Claim>,
    policy: DuplicatePolicy,
) -> store::Result<BTreeMap<i64, (LeadRow, Fate)>> {
    let mut losers: Vec<i64> = key_settle(batch.tx, org, claims).await?.into_iter().collect();
    losers.sort_unstable();
    let mut settled = BTreeMap::new();
    // In pieces: their rows are read back.
    for part in losers.chunks(1000) {
        let mut rows = lead_take_back(batch.tx, org, part).await?;
        let known = Known::new(lead_match(batch.tx, org, &rows.iter().collect::<Vec<_>>()).await?);
        for mut row in rows.drain(..) {
            let fate = settle(batch, org, &mut row, &known, policy).await?;
            settled.insert(row.lead_no, (row, fate));
        }
    }
    Ok(settled)
}

async fn settle(
    batch: &Batch<'_>,
    org: OrgId,
    row: &mut LeadRow,
    known: &Known,
    policy: DuplicatePolicy,
) -> store::Result<Fate> {
    let Some(first) = known.first(row) else {
        // Another text has the same 64-bit key: this lead goes without the key.
        known.give_way(row);
        return match lead_insert(batch.tx, std::slice::from_ref(row)).await?.first() {
            Some(true) => Ok(Fate::Stored),
            _ => Err(store::Error::Conflict(
                "a lead was stored meanwhile with the same phone or e-mail".to_owned(),
            )),
        };
    };
    let first = first.clone();
    match policy {
        DuplicatePolicy::Skip => Ok(Fate::Duplicate { of: first, updated: false }),
        DuplicatePolicy::Update => {
            let mut lead = lead_fetch_no(batch.tx, org, first.lead_no).await?;
            fill(&mut lead, row);
            lead.changed_at = batch.now.0;
            lead_fill(batch.tx, &lead).await?;
            Ok(Fate::Duplicate { of: first, updated: true })
        }
        DuplicatePolicy::Keep => {
            row.duplicate_of = Some(first.lead_no);
            lead_insert(batch.tx, std::slice::from_ref(row)).await?;
            Ok(Fate::Kept { of: first.id })
        }
    }
}

/// Given fields are written over; what the newcomer does not say stays.
pub(crate) fn fill(lead: &mut LeadRow, new: &LeadRow) {
    fn over<T: Clone>(old: &mut Option<T>, new: &Option<T>) {
        if new.is_some() {
            old.clone_from(new);
        }
    }
    over(&mut lead.name, &new.name);
    over(&mut lead.phone, &new.phone);
    over(&mut lead.email, &new.email);
    over(&mut lead.email_key, &new.email_key);
    over(&mut lead.external_id, &new.external_id);
    over(&mut lead.external_key, &new.external_key);
    over(&mut lead.category, &new.category);
    over(&mut lead.city, &new.city);
    over(&mut lead.value, &new.value);
    over(&mut lead.skills, &new.skills);
    if new.urgency != model::Urgency::Normal {
        lead.urgency = new.urgency;
    }
    if new.details.is_some() {
        let (mut details, new) = (lead.details(), new.details());
        over(&mut details.title, &new.title);
        over(&mut details.description, &new.description);
        over(&mut details.country, &new.country);
        over(&mut details.region, &new.region);
        over(&mut details.suburb, &new.suburb);
        over(&mut details.postal_code, &new.postal_code);
        over(&mut details.lat, &new.lat);
        over(&mut details.lon, &new.lon);
        over(&mut details.enquired_at, &new.enquired_at);
        over(&mut details.max_claims, &new.max_claims);
        over(&mut details.consent, &new.consent);
        details.custom.extend(new.custom);
        lead.set_details(&details);
    }
}

struct Known {
    matches: Vec<LeadMatch>,
    by_phone: std::collections::HashMap<i64, usize>,
    by_email: std::collections::HashMap<i64, usize>,
    by_external: std::collections::HashMap<i64, usize>,
}

impl Known {
    fn new(matches: Vec<LeadMatch>) -> Self {
        let index = |key: fn(&LeadMatch) -> Option<i64>| {
            matches.iter().enumerate().filter_map(|(i, m)| key(m).map(|k| (k, i))).collect()
        };
        Self {
            by_phone: index(|m| m.phone),
            by_email: index(|m| m.email_key),
            by_external: index(|m| m.external_key),
            matches,
        }
    }

    /// The first lead with the same phone, else the same external id, else the same e-mail.
    fn first(&self, row: &LeadRow) -> Option<&LeadMatch> {
        let find = |index: &std::collections::HashMap<i64, usize>, key: Option<i64>| {
            key.and_then(|k| index.get(&k)).map(|i| &self.matches[*i])
        };
        let same = |a: &Option<String>, b: &Option<String>| match (a, b) {
            (Some(a), Some(b)) => a.to_lowercase() == b.to_lowercase(),
            _ => false,
        };
        find(&self.by_phone, row.phone)
            .or_else(|| {
                find(&self.by_external, row.external_key).filter(|m| m.external_id == row.external_id)
            })
            .or_else(|| find(&self.by_email, row.email_key).filter(|m| same(&m.email, &row.email)))
    }

    /// Takes away the keys that collide without being the same text.
    fn give_way(&self, row: &mut LeadRow) {
        if row.email_key.is_some_and(|k| self.by_email.contains_key(&k)) {
            row.email_key = None;
        }
        if row.external_key.is_some_and(|k| self.by_external.contains_key(&k)) {
            row.external_key = None;
        }
    }
}

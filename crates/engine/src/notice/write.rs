//! Notices become rows, counts and events.

use crate::batch::Batch;
use crate::notice::{Notice, To, What};
use model::event::Event;
use model::{LeadId, NotificationId, NotificationKind, OrgId, UserId};
use std::collections::{BTreeMap, HashSet};
use store::notification::{
    NewNotification, Unread, notification_fetch, notification_put, silenced_list, staff_list, unread_add,
};
use uuid::Uuid;

/// More single leads than this for one person in one transaction are told together.
const TOGETHER: usize = 20;

/// One row to be: who, and the words.
struct Line {
    user: UserId,
    id: Uuid,
    kind: NotificationKind,
    title: String,
    message: String,
    lead: Option<LeadId>,
    leads: i64,
    /// It adds to what the person has not read.
    fresh: bool,
}

/// Writes what the transaction's commands said is to be told. Nothing said costs nothing.
pub(crate) async fn write(batch: &mut Batch<'_>) -> store::Result<()> {
    let mut by_org: BTreeMap<OrgId, Vec<Notice>> = BTreeMap::new();
    for notice in std::mem::take(&mut batch.notices) {
        by_org.entry(notice.org).or_default().push(notice);
    }
    for (org, notices) in by_org {
        let lines = lines(batch, org, notices).await?;
        put(batch, org, lines).await?;
    }
    Ok(())
}

async fn lines(batch: &Batch<'_>, org: OrgId, notices: Vec<Notice>) -> store::Result<Vec<Line>> {
    let silenced: HashSet<_> = silenced_list(batch.tx, org).await?.into_iter().collect();
    let mut staff = None;
    let mut singles: BTreeMap<(UserId, String), Vec<(LeadId, i64)>> = BTreeMap::new();
    let mut many: BTreeMap<(UserId, Uuid), (String, i64)> = BTreeMap::new();
    let mut lines = Vec::new();
    for notice in notices {
        let users = match notice.to {
            To::User(user) => vec![user],
            To::Staff => match &staff {
                Some(staff) => Vec::clone(staff),
                None => staff.insert(staff_list(batch.tx, org).await?).clone(),
            },
        };
        for user in users.into_iter().filter(|user| !silenced.contains(&(*user, kind(&notice.what)))) {
            match notice.what.clone() {
                What::Lead { id, lead_no, source } => {
                    singles.entry((user, source)).or_default().push((id, lead_no));
                }
                What::Leads { batch, count, source } => {
                    many.entry((user, batch)).or_insert((source, 0)).1 += count;
                }
                What::Said { kind, title, message } => {
                    let id = Uuid::now_v7();
                    lines.push(Line { user, id, kind, title, message, lead: None, leads: 0, fresh: true });
                }
            }
        }
    }
    for ((user, source), leads) in singles {
        if leads.len() > TOGETHER {
            many.insert((user, Uuid::now_v7()), (source, leads.len() as i64));
        } else {
            lines.extend(leads.into_iter().map(|(id, lead_no)| single(user, id, lead_no, &source)));
        }
    }
    for ((user, id), (source, count)) in many {
        let before = notification_fetch(batch.tx, org, user, NotificationId(id)).await?;
        let fresh = before.as_ref().is_none_or(|n| n.read_at.is_some());
        lines.push(together(user, id, count + before.map_or(0, |n| n.leads), &source, fresh));
    }
    Ok(lines)
}

fn kind(what: &What) -> NotificationKind {
    match what {
        What::Lead { .. } | What::Leads { .. } => NotificationKind::LeadAssigned,
        What::Said { kind, .. } => *kind,
    }
}

fn single(user: UserId, id: LeadId, lead_no: i64, source: &str) -> Line {
    let uid = model::lead::uid(lead_no);
    Line {
        user,
        id: Uuid::now_v7(),
        kind: NotificationKind::LeadAssigned,
        title: "New lead for you".to_owned(),
        message: format!("{uid} of {source} was assigned to you."),
        lead: Some(id),
        leads: 1,
        fresh: true,
    }
}

fn together(user: UserId, id: Uuid, leads: i64, source: &str, fresh: bool) -> Line {
    let (noun, were) = if leads == 1 { ("lead", "was") } else { ("leads", "were") };
    Line {
        user,
        id,
        kind: NotificationKind::LeadAssigned,
        title: format!("{leads} new {noun} for you"),
        message: format!("{leads} {noun} of {source} {were} assigned to you."),
        lead: None,
        leads,
        fresh,
    }
}

async fn put(batch: &mut Batch<'_>, org: OrgId, lines: Vec<Line>) -> store::Result<()> {
    let rows: Vec<NewNotification> = lines.iter().map(|line| row(org, line, batch.now.0)).collect();
    notification_put(batch.tx, &rows).await?;
    let mut more: BTreeMap<UserId, i64> = BTreeMap::new();
    for line in &lines {
        *more.entry(line.user).or_default() += i64::from(line.fresh);
    }
    // In the order of the users, everywhere: nobody waits for somebody who waits for them.
    let counts: Vec<Unread> = more
        .iter()
        .map(|(user, unread)| Unread { org_id: org.0, user_id: user.0, unread: *unread })
        .collect();
    let after: BTreeMap<UserId, i64> = unread_add(batch.tx, &counts).await?.into_iter().collect();
    // What each had before; it grows again line by line, so that every event says what is true after it.
    let mut unread: BTreeMap<UserId, i64> = more
        .iter()
        .map(|(user, more)| (*user, after.get(user).copied().unwrap_or_default() - more))
        .collect();
    for line in lines {
        let count = unread.entry(line.user).or_default();
        *count += i64::from(line.fresh);
        let count = u64::try_from(*count).unwrap_or_default();
        let notification_id = NotificationId(line.id);
        let (title, message) = (line.title, line.message);
        if let Some(lead_id) = line.lead {
            let (title, message) = (title.clone(), message.clone());
            let alert =
                Event::LeadAlert { notification_id, lead_id, title, message, compatibility_score: None };
            batch.tell_user(org, line.user, alert);
        }
        let told = Event::NotificationMessage { notification_id, title, message, unread_count: count };
        batch.tell_user(org, line.user, told);
    }
    Ok(())
}

fn row(org: OrgId, line: &Line, now: i64) -> NewNotification {
    NewNotification {
        org_id: org.0,
        user_id: line.user.0,
        id: line.id,
        kind: line.kind.as_str(),
        title: line.title.clone(),
        message: line.message.clone(),
        lead_id: line.lead.map(|id| id.0),
        leads: line.leads,
        created_at: now,
    }
}

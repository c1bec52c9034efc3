//! One event of each type, marked as a test, through the ordinary path: to see that all of it arrives.

use crate::batch::Batch;
use crate::{By, Command, Refusal, Stop};
use model::event::{Event, Place};
use model::import::ImportCounts;
use model::{AgentId, ImportId, LeadId, NotificationId, NotificationKind, Status, Urgency, UserId};
use store::notification::{NewNotification, Unread, notification_put, unread_add};
use uuid::Uuid;

/// Sends one event of each type.
#[derive(Debug, Clone)]
pub struct SendTrial {
    /// Who gets what is sent to one user.
    pub user: UserId,
}

/// What was sent.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Trial {
    /// The type.
    pub r#type: &'static str,
    /// To staff, or to the user alone.
    pub to: &'static str,
    /// As it is sent.
    pub data: serde_json::Value,
}

impl Command for SendTrial {
    type Output = Vec<Trial>;

    async fn run(&mut self, by: &By, batch: &mut Batch<'_>) -> Result<Vec<Trial>, Stop> {
        if store::user::user_fetch(batch.tx, by.org, self.user).await.is_err() {
            return Err(Refusal::NotFound("user").into());
        }
        let (id, now) = (NotificationId(Uuid::now_v7()), batch.now.0);
        let row = NewNotification {
            org_id: by.org.0,
            user_id: self.user.0,
            id: id.0,
            kind: NotificationKind::Test.as_str(),
            title: TITLE.to_owned(),
            message: MESSAGE.to_owned(),
            lead_id: None,
            leads: 0,
            created_at: now,
        };
        notification_put(batch.tx, &[row]).await?;
        let one = Unread { org_id: by.org.0, user_id: self.user.0, unread: 1 };
        let unread = unread_add(batch.tx, &[one]).await?.first().map_or(1, |(_, unread)| *unread);
        let mut sent = Vec::new();
        for event in for_staff() {
            sent.push(trial(&event, "staff")?);
            batch.tell_test(by.org, None, event);
        }
        for event in for_one(id, unread) {
            sent.push(trial(&event, "user")?);
            batch.tell_test(by.org, Some(self.user), event);
        }
        Ok(sent)
    }
}

const TITLE: &str = "Test notification";
const MESSAGE: &str = "Notifications reach you. Nothing happened: this was sent to try it out.";

fn trial(event: &Event, to: &'static str) -> store::Result<Trial> {
    let data = store::outbox::event_data(event, true)?;
    let data = serde_json::from_str(data.get()).map_err(|e| store::Error::Corrupt(e.to_string()))?;
    Ok(Trial { r#type: event.kind(), to, data })
}

fn for_staff() -> [Event; 5] {
    let (lead_id, agent_id) = (LeadId(Uuid::now_v7()), AgentId(Uuid::now_v7()));
    let place = Place { city: Some("Pune".to_owned()), suburb: None };
    [
        Event::LeadCreated {
            lead_id,
            title: Some("Test lead".to_owned()),
            description: None,
            category: None,
            location: place,
            urgency: Urgency::Normal,
            price: None,
            score: None,
        },
        Event::LeadAssigned {
            lead_id: Some(lead_id),
            lead_ids: Vec::new(),
            source: "TEST".to_owned(),
            agent_id,
            agent_name: "Test agent".to_owned(),
            count: 1,
            batch_id: None,
            method: "fair",
        },
        Event::LeadStatusChanged {
            lead_id,
            from: Status::Pending,
            to: Status::Contacted,
            agent_id: Some(agent_id),
            why: "test".to_owned(),
        },
        Event::LeadClaimed { lead_id, current_claims: 1, max_claims: 3, available: true },
        Event::ImportProgress {
            import_id: ImportId(Uuid::now_v7()),
            state: "running",
            counts: ImportCounts::default(),
            bytes_read: 0,
            bytes_total: 0,
        },
    ]
}

fn for_one(notification_id: NotificationId, unread: i64) -> [Event; 3] {
    let (title, message) = (TITLE.to_owned(), MESSAGE.to_owned());
    [
        Event::LeadAlert {
            notification_id,
            lead_id: LeadId(Uuid::now_v7()),
            title: title.clone(),
            message: message.clone(),
            compatibility_score: None,
        },
        Event::NotificationMessage {
            notification_id,
            title,
            message,
            unread_count: u64::try_from(unread).unwrap_or_default(),
        },
        Event::BalanceUpdated {
            new_balance: "10.000".to_owned(),
            previous_balance: "12.500".to_owned(),
            change: "-2.500".to_owned(),
            reason: "test".to_owned(),
        },
    ]
}

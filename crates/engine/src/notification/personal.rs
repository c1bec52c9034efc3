//! What people do with their notifications: read them, say what they want to hear of.

use crate::batch::Batch;
use crate::{By, Command, Refusal, Stop};
use model::{NotificationId, UserId};
use store::notification::{
    Preference, notification_fetch, notification_mark, notification_mark_all, notification_prune,
    notified_list, preference_put, unread_fetch,
};

/// How long notifications are kept, in seconds.
const KEPT: i64 = 90 * 24 * 3600;

/// Marks a notification of a user as read; answers how many are unread then.
#[derive(Debug, Clone, Copy)]
pub struct MarkRead {
    /// Whose.
    pub user: UserId,
    /// Which; another's does not exist.
    pub notification: NotificationId,
}

impl Command for MarkRead {
    type Output = i64;

    async fn run(&mut self, by: &By, batch: &mut Batch<'_>) -> Result<i64, Stop> {
        let marked = notification_mark(batch.tx, by.org, self.user, self.notification, batch.now.0).await?;
        if !marked && notification_fetch(batch.tx, by.org, self.user, self.notification).await?.is_none() {
            return Err(Refusal::NotFound("notification").into());
        }
        Ok(unread_fetch(batch.tx, by.org, self.user).await?)
    }
}

/// Marks every notification of a user as read; answers how many were not.
#[derive(Debug, Clone, Copy)]
pub struct MarkAllRead {
    /// Whose.
    pub user: UserId,
}

impl Command for MarkAllRead {
    type Output = u64;

    async fn run(&mut self, by: &By, batch: &mut Batch<'_>) -> Result<u64, Stop> {
        Ok(notification_mark_all(batch.tx, by.org, self.user, batch.now.0).await?)
    }
}

/// Keeps what a user wants to hear of, and where; what is not given stays.
#[derive(Debug, Clone)]
pub struct SetPreferences {
    /// Whose.
    pub user: UserId,
    /// What changes.
    pub preferences: Vec<Preference>,
}

impl Command for SetPreferences {
    type Output = ();

    async fn run(&mut self, by: &By, batch: &mut Batch<'_>) -> Result<(), Stop> {
        for preference in &self.preferences {
            preference_put(batch.tx, by.org, self.user, *preference).await?;
        }
        Ok(())
    }
}

/// Removes notifications that nobody looks for any more.
pub(crate) struct PruneNotifications {
    pub(crate) limit: i64,
}

impl Command for PruneNotifications {
    type Output = u64;

    async fn run(&mut self, by: &By, batch: &mut Batch<'_>) -> Result<u64, Stop> {
        let before = batch.now.plus_seconds(-KEPT).0;
        let mut gone = 0;
        for user in notified_list(batch.tx, by.org).await? {
            gone += notification_prune(batch.tx, by.org, user, before, self.limit).await?;
        }
        Ok(gone)
    }
}

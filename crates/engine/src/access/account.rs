//! What people change about themselves: name and password.

use crate::access::session::{Opened, Opening, find, memberships, open};
use crate::access::{Client, hash_password, password, password_fault};
use crate::batch::Batch;
use crate::{By, Command, Engine, Failure, Refusal, Stop};
use model::{Area, SessionId, SignInMethod, UserId};
use store::user::{User, user_access_end, user_fetch, user_update};

/// Changes one's own name.
#[derive(Debug, Clone)]
pub struct Rename {
    /// Who.
    pub user: UserId,
    /// To what.
    pub name: String,
}

impl Command for Rename {
    type Output = User;

    async fn run(&mut self, by: &By, batch: &mut Batch<'_>) -> Result<User, Stop> {
        let mut user = user_fetch(batch.tx, by.org, self.user).await?;
        if user.name != self.name {
            user.name.clone_from(&self.name);
            user_update(batch.tx, by.org, &user).await?;
            batch.access_changed();
            batch.audit(by, Area::User, user.id, "name changed");
        }
        Ok(user)
    }
}

/// A new password for oneself.
#[derive(Clone)]
pub struct NewPassword {
    /// Who.
    pub user: UserId,
    /// The password until now; not asked of who has none.
    pub current: Option<String>,
    /// The new one.
    pub new: String,
    /// The session it is done in; it goes on under a new secret, all others end.
    pub session: Option<SessionId>,
    /// From where.
    pub client: Client,
}

impl Engine {
    /// Changes one's own password. All sessions end; the one it was done in is opened anew.
    pub async fn change_password(&self, by: &By, wish: NewPassword) -> Result<Option<Opened>, Failure> {
        let NewPassword { user, current, new, session, client } = wish;
        let invalid = |field, message: &str| Refusal::Invalid { field, message: message.to_owned() };
        if let Some(fault) = password_fault(&new) {
            return Err(invalid("password", &fault).into());
        }
        let known = user_fetch(self.reader(), by.org, user).await?;
        if known.password_hash.is_some() {
            let current = current.ok_or_else(|| invalid("current_password", "is missing"))?;
            self.throttle().password(&known.email, client.address, self.now())?;
            if !password::verify(current, vec![known.password_hash.clone()]).await?.contains(&true) {
                return Err(invalid("current_password", "is not the present password").into());
            }
            self.throttle().password_was_right(&known.email, client.address);
        }
        let password_hash = hash_password(new).await?;
        let command = ChangePassword { user, was: known.password_hash, password_hash, session, client };
        self.run(by, command).await
    }
}

struct ChangePassword {
    user: UserId,
    /// What was verified.
    was: Option<String>,
    password_hash: String,
    session: Option<SessionId>,
    client: Client,
}

impl Command for ChangePassword {
    type Output = Option<Opened>;

    async fn run(&mut self, by: &By, batch: &mut Batch<'_>) -> Result<Option<Opened>, Stop> {
        let mut user = user_fetch(batch.tx, by.org, self.user).await?;
        if user.password_hash != self.was {
            let message = "was changed meanwhile".to_owned();
            return Err(Refusal::Invalid { field: "current_password", message }.into());
        }
        let present = match self.session {
            Some(session) => Some(find(batch, by, self.user, session).await?),
            None => None,
        };
        // What the sign-in proved elsewhere stays proven.
        let proven = match &present {
            Some(session) => memberships(batch.tx, session).await?.iter().map(|m| (m.org, m.user)).collect(),
            None => Vec::new(),
        };
        user.password_hash = Some(self.password_hash.clone());
        user_update(batch.tx, by.org, &user).await?;
        user_access_end(batch.tx, by.org, user.id, batch.now.0).await?;
        batch.access_changed();
        batch.audit(by, Area::User, user.id, "password changed");
        if present.is_none() {
            return Ok(None);
        }
        let opening = Opening {
            org: by.org,
            user: user.id,
            method: SignInMethod::Password,
            proven,
            client: &self.client,
            replaces: None,
        };
        open(batch, opening).await.map(Some)
    }
}

//! Users and tokens: who may come in.

use crate::batch::Batch;
use crate::{By, Command, Engine, Failure, Refusal, Stop};
use model::{Area, Role, TokenId, UserId};
use sha2::{Digest, Sha256};
use store::user::{
    Caller, Token, User, admin_count, caller_fetch, token_insert, token_revoke, token_touch, user_access_end,
    user_fetch, user_insert, user_update,
};
use uuid::Uuid;

/// Adds a user.
#[derive(Debug, Clone)]
pub struct CreateUser {
    /// E-mail, unique in the organisation; valid.
    pub email: String,
    /// Name.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Argon2 hash, if it may sign in with a password.
    pub password_hash: Option<String>,
}

impl Command for CreateUser {
    type Output = User;

    async fn run(&mut self, by: &By, batch: &mut Batch<'_>) -> Result<User, Stop> {
        let user = User {
            id: UserId(Uuid::now_v7()),
            email: self.email.clone(),
            name: self.name.trim().to_owned(),
            role: self.role,
            active: true,
            password_hash: self.password_hash.clone(),
            created_at: batch.now.0,
        };
        match user_insert(batch.tx, by.org, &user).await {
            Err(store::Error::Conflict(why)) => Err(Refusal::Taken(why).into()),
            other => {
                other?;
                batch.audit(by, Area::User, user.id, format!("added as {}", user.role));
                Ok(user)
            }
        }
    }
}

/// Changes a user; what is not given stays.
#[derive(Debug, Clone)]
pub struct UpdateUser {
    /// Which.
    pub user: UserId,
    /// Name.
    pub name: Option<String>,
    /// What it may do.
    pub role: Option<Role>,
    /// Whether it may come in.
    pub active: Option<bool>,
}

impl Command for UpdateUser {
    type Output = User;

    async fn run(&mut self, by: &By, batch: &mut Batch<'_>) -> Result<User, Stop> {
        let mut user = match user_fetch(batch.tx, by.org, self.user).await {
            Err(store::Error::NotFound) => return Err(Refusal::NotFound("user").into()),
            other => other?,
        };
        let was = user.clone();
        let was_admin = user.role == Role::Admin && user.active;
        user.name = self.name.clone().unwrap_or(user.name);
        user.role = self.role.unwrap_or(user.role);
        user.active = self.active.unwrap_or(user.active);
        let is_admin = user.role == Role::Admin && user.active;
        if was_admin && !is_admin && admin_count(batch.tx, by.org).await? <= 1 {
            return Err(Refusal::LastAdmin.into());
        }
        if user == was {
            return Ok(user);
        }
        user_update(batch.tx, by.org, &user).await?;
        if user.role != was.role || !user.active {
            // Whoever comes back signs in anew, with what it may do now.
            user_access_end(batch.tx, by.org, user.id, batch.now.0).await?;
        }
        batch.access_changed();
        batch.audit(by, Area::User, user.id, changes(&was, &user));
        Ok(user)
    }
}

fn changes(was: &User, is: &User) -> String {
    let mut changes = Vec::new();
    if was.name != is.name {
        changes.push("name changed".to_owned());
    }
    if was.role != is.role {
        changes.push(format!("role {} → {}", was.role, is.role));
    }
    if was.active != is.active {
        changes.push(if is.active { "activated" } else { "deactivated" }.to_owned());
    }
    changes.join("; ")
}

/// Makes a token for a user. Its secret is answered once and stored hashed.
#[derive(Debug, Clone)]
pub struct CreateToken {
    /// Whose rights it has.
    pub user: UserId,
    /// What it is for.
    pub name: String,
    /// The secret, from [`new_secret`].
    pub secret: String,
}

impl Command for CreateToken {
    type Output = Token;

    async fn run(&mut self, by: &By, batch: &mut Batch<'_>) -> Result<Token, Stop> {
        if user_fetch(batch.tx, by.org, self.user).await.is_err() {
            let message = "no such user".to_owned();
            return Err(Refusal::Invalid { field: "user_id", message }.into());
        }
        let token = Token {
            id: TokenId(Uuid::now_v7()),
            user_id: self.user,
            name: self.name.trim().to_owned(),
            created_at: batch.now.0,
            last_used_at: None,
            revoked_at: None,
        };
        token_insert(batch.tx, by.org, &token, &secret_hash(&self.secret)).await?;
        batch.audit(by, Area::Token, token.id, format!("{:?} made for {}", token.name, token.user_id));
        Ok(token)
    }
}

/// Makes a token useless at once.
#[derive(Debug, Clone, Copy)]
pub struct RevokeToken(pub TokenId);

impl Command for RevokeToken {
    type Output = ();

    async fn run(&mut self, by: &By, batch: &mut Batch<'_>) -> Result<(), Stop> {
        match token_revoke(batch.tx, by.org, self.0, batch.now.0).await {
            Err(store::Error::NotFound) => Err(Refusal::NotFound("token").into()),
            other => {
                other?;
                batch.access_changed();
                batch.audit(by, Area::Token, self.0, "revoked");
                Ok(())
            }
        }
    }
}

/// Remembers that a token was used; sent at most once a minute and token.
#[derive(Debug, Clone, Copy)]
pub struct TouchToken(pub TokenId);

impl Command for TouchToken {
    type Output = ();

    async fn run(&mut self, by: &By, batch: &mut Batch<'_>) -> Result<(), Stop> {
        Ok(token_touch(batch.tx, by.org, self.0, batch.now.0).await?)
    }
}

/// A new secret: 256 random bits behind a prefix that scanners of leaked secrets can know.
pub fn new_secret() -> String {
    let half = || Uuid::new_v4().simple().to_string();
    format!("fl_{}{}", half(), half())
}

/// What is stored of a secret. It has 244 random bits: a fast hash is enough.
pub fn secret_hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

impl Engine {
    /// Who is behind a bearer token, if anybody.
    pub async fn caller(&self, secret_hash: &[u8]) -> Result<Option<Caller>, Failure> {
        Ok(caller_fetch(self.reader(), secret_hash).await?)
    }
}

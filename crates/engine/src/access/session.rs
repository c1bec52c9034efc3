//! Sessions: opened, used, switched to another organisation, ended.

use crate::access::Client;
use crate::batch::Batch;
use crate::user::{new_secret, secret_hash};
use crate::{By, Command, Engine, Failure, Refusal, Stop};
use model::{Micros, OrgId, SessionId, SignInMethod, UserId};
use store::Query;
use store::session::{
    Session, session_delete, session_delete_others, session_delete_secret, session_fetch, session_insert,
    session_touch,
};
use store::user::{Caller, Member, caller_fetch_session, user_fetch, user_list_email};
use uuid::Uuid;

/// Seconds after which an unused session is over.
pub const IDLE: i64 = 12 * 3600;
/// Seconds after which every session is over.
pub const LONGEST: i64 = 7 * 24 * 3600;

/// A session that was just opened, with the secret for its cookie.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The session.
    pub session: Session,
    /// What the cookie holds; stored hashed.
    pub secret: String,
}

/// What a session is to be.
pub(crate) struct Opening<'a> {
    pub(crate) org: OrgId,
    pub(crate) user: UserId,
    pub(crate) method: SignInMethod,
    pub(crate) proven: Vec<(OrgId, UserId)>,
    pub(crate) client: &'a Client,
    /// The session the browser had: its secret is good no more.
    pub(crate) replaces: Option<[u8; 32]>,
}

/// Opens a session with a secret of its own.
pub(crate) async fn open(batch: &mut Batch<'_>, opening: Opening<'_>) -> Result<Opened, Stop> {
    if let Some(replaced) = opening.replaces
        && let Some(org) = session_delete_secret(batch.tx, &replaced).await?
    {
        batch.access_changed_in(org);
    }
    let session = Session {
        org: opening.org,
        id: SessionId(Uuid::now_v7()),
        user_id: opening.user,
        method: opening.method,
        proven: opening.proven,
        client: opening.client.agent.chars().filter(|c| !c.is_control()).take(200).collect(),
        address: opening.client.address.map(|a| a.to_canonical().to_string()).unwrap_or_default(),
        signed_in_at: batch.now.0,
        last_used_at: batch.now.0,
        expires_at: batch.now.plus_seconds(LONGEST).0,
    };
    store(batch, session).await
}

async fn store(batch: &Batch<'_>, session: Session) -> Result<Opened, Stop> {
    let secret = new_secret();
    session_insert(batch.tx, &session, &secret_hash(&secret)).await?;
    Ok(Opened { session, secret })
}

/// The organisations a session may be switched to, its own among them: where the same person was proven to be an active
/// user, and nothing has ended that since.
pub async fn memberships(db: &impl Query, session: &Session) -> store::Result<Vec<Member>> {
    let own = user_fetch(db, session.org, session.user_id).await?;
    let mut members = user_list_email(db, &own.email).await?;
    members.retain(|m| {
        let current = (m.org, m.user) == (session.org, session.user_id);
        current || (session.proven.contains(&(m.org, m.user)) && m.access_from <= session.signed_in_at)
    });
    Ok(members)
}

/// Moves a session to another organisation; the cookie's secret is a new one.
#[derive(Debug, Clone)]
pub struct SwitchOrganization {
    /// Whose.
    pub user: UserId,
    /// Which.
    pub session: SessionId,
    /// The short name of the other organisation.
    pub to: String,
}

impl Command for SwitchOrganization {
    type Output = Opened;

    async fn run(&mut self, by: &By, batch: &mut Batch<'_>) -> Result<Opened, Stop> {
        let mut session = find(batch, by, self.user, self.session).await?;
        let members = memberships(batch.tx, &session).await?;
        let there = members.into_iter().find(|m| m.slug == self.to);
        let there = there.ok_or(Refusal::NotFound("organization you are known to belong to"))?;
        session_delete(batch.tx, by.org, self.user, self.session).await?;
        batch.access_changed();
        (session.org, session.user_id) = (there.org, there.user);
        (session.id, session.last_used_at) = (SessionId(Uuid::now_v7()), batch.now.0);
        store(batch, session).await
    }
}

/// Ends one of a user's sessions: signs out.
#[derive(Debug, Clone, Copy)]
pub struct EndSession {
    /// Whose.
    pub user: UserId,
    /// Which.
    pub session: SessionId,
}

impl Command for EndSession {
    type Output = ();

    async fn run(&mut self, by: &By, batch: &mut Batch<'_>) -> Result<(), Stop> {
        match session_delete(batch.tx, by.org, self.user, self.session).await {
            Err(store::Error::NotFound) => Err(Refusal::NotFound("session").into()),
            other => {
                other?;
                batch.access_changed();
                Ok(())
            }
        }
    }
}

/// Ends all of a user's sessions but one.
#[derive(Debug, Clone, Copy)]
pub struct EndOtherSessions {
    /// Whose.
    pub user: UserId,
    /// The one that stays.
    pub session: SessionId,
}

impl Command for EndOtherSessions {
    type Output = u64;

    async fn run(&mut self, by: &By, batch: &mut Batch<'_>) -> Result<u64, Stop> {
        batch.access_changed();
        Ok(session_delete_others(batch.tx, by.org, self.user, self.session).await?)
    }
}

/// Remembers that a session was used; sent at most once a minute and session.
#[derive(Debug, Clone, Copy)]
pub struct TouchSession(pub SessionId);

impl Command for TouchSession {
    type Output = ();

    async fn run(&mut self, by: &By, batch: &mut Batch<'_>) -> Result<(), Stop> {
        Ok(session_touch(batch.tx, by.org, self.0, batch.now.0).await?)
    }
}

pub(crate) async fn find(
    batch: &Batch<'_>,
    by: &By,
    user: UserId,
    session: SessionId,
) -> Result<Session, Stop> {
    match session_fetch(batch.tx, by.org, user, session).await {
        Err(store::Error::NotFound) => Err(Refusal::NotFound("session").into()),
        other => Ok(other?),
    }
}

/// Since when a session must have been used to go on at `now`.
pub fn used_since(now: Micros) -> i64 {
    now.plus_seconds(-IDLE).0
}

impl Engine {
    /// Who is behind a session's cookie, if anybody.
    pub async fn caller_by_session(&self, secret_hash: &[u8]) -> Result<Option<Caller>, Failure> {
        let now = self.now();
        Ok(caller_fetch_session(self.reader(), secret_hash, now.0, used_since(now)).await?)
    }
}

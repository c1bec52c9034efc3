//! One-time links: asked for by mail or made on the command line, used once.

use crate::access::session::{Opened, Opening, open};
use crate::access::{Client, hash_password, password_fault};
use crate::batch::Batch;
use crate::mail::{self, Letter};
use crate::user::{new_secret, secret_hash};
use crate::{By, Command, Engine, Failure, Refusal, Stop};
use model::{Area, Micros, OrgId, Purpose, SignInMethod, UserId};
use std::net::IpAddr;
use store::one_time_link::{OneTimeLink, link_fetch, link_insert, link_use};
use store::user::{Member, user_access_end, user_fetch, user_list_email, user_update};
use uuid::Uuid;

/// Seconds a link works.
pub const WORKS: i64 = 15 * 60;

/// The page of a link, from the root of the site.
pub fn link_path(purpose: Purpose, secret: &str) -> String {
    match purpose {
        Purpose::SignIn => format!("/sign-in/link/{secret}"),
        Purpose::Reset => format!("/sign-in/reset/{secret}"),
    }
}

/// Makes a link that is told to whoever asks: the command line, where nobody needs to be let in.
#[derive(Debug, Clone, Copy)]
pub struct CreateLink {
    /// For whom.
    pub user: UserId,
    /// To do what.
    pub purpose: Purpose,
}

impl Command for CreateLink {
    /// The secret.
    type Output = String;

    async fn run(&mut self, by: &By, batch: &mut Batch<'_>) -> Result<String, Stop> {
        if !user_fetch(batch.tx, by.org, self.user).await?.active {
            return Err(Refusal::NotFound("active user").into());
        }
        let what = match self.purpose {
            Purpose::SignIn => "one-time sign-in link made",
            Purpose::Reset => "one-time link for a new password made",
        };
        batch.audit(by, Area::User, self.user, what);
        Ok(create(batch, by.org, self.user, self.purpose, false).await?)
    }
}

/// Stores a new link; answers its secret.
pub(crate) async fn create(
    batch: &Batch<'_>,
    org: OrgId,
    user: UserId,
    purpose: Purpose,
    mailed: bool,
) -> store::Result<String> {
    let secret = new_secret();
    let link = OneTimeLink {
        org,
        id: Uuid::now_v7(),
        user_id: user,
        purpose,
        mailed,
        created_at: batch.now.0,
        expires_at: batch.now.plus_seconds(WORKS).0,
    };
    link_insert(batch.tx, &link, &secret_hash(&secret)).await?;
    Ok(secret)
}

/// Signs in by a link; it is used up.
struct OpenByLink {
    secret_hash: [u8; 32],
    client: Client,
    replaces: Option<[u8; 32]>,
}

impl Command for OpenByLink {
    type Output = Opened;

    async fn run(&mut self, _by: &By, batch: &mut Batch<'_>) -> Result<Opened, Stop> {
        let link = take(batch, Purpose::SignIn, &self.secret_hash).await?;
        let user = user_fetch(batch.tx, link.org, link.user_id).await?;
        // Who reads the mailbox is everybody with that address.
        let proven = match link.mailed {
            true => user_list_email(batch.tx, &user.email).await?.iter().map(|m| (m.org, m.user)).collect(),
            false => vec![(link.org, link.user_id)],
        };
        let opening = Opening {
            org: link.org,
            user: link.user_id,
            method: SignInMethod::Link,
            proven,
            client: &self.client,
            replaces: self.replaces,
        };
        open(batch, opening).await
    }
}

/// Sets a new password by a link; all sessions of the user end.
struct ResetPassword {
    secret_hash: [u8; 32],
    password_hash: String,
}

impl Command for ResetPassword {
    type Output = ();

    async fn run(&mut self, _by: &By, batch: &mut Batch<'_>) -> Result<(), Stop> {
        let link = take(batch, Purpose::Reset, &self.secret_hash).await?;
        let mut user = user_fetch(batch.tx, link.org, link.user_id).await?;
        user.password_hash = Some(self.password_hash.clone());
        user_update(batch.tx, link.org, &user).await?;
        user_access_end(batch.tx, link.org, user.id, batch.now.0).await?;
        batch.access_changed_in(link.org);
        let by = By { actor: user.id.to_string(), ..By::system(link.org) };
        batch.audit(&by, Area::User, user.id, "password reset by a one-time link");
        Ok(())
    }
}

async fn take(batch: &Batch<'_>, purpose: Purpose, secret_hash: &[u8]) -> Result<OneTimeLink, Stop> {
    let link = link_fetch(batch.tx, purpose, secret_hash, batch.now.0).await?.ok_or(Refusal::LinkSpent)?;
    if !link_use(batch.tx, link.org, link.id, batch.now.0).await? {
        return Err(Refusal::LinkSpent.into());
    }
    Ok(link)
}

/// Puts mails with links into the queue.
struct MailLinks {
    members: Vec<Member>,
    purpose: Purpose,
}

impl Command for MailLinks {
    type Output = ();

    async fn run(&mut self, _by: &By, batch: &mut Batch<'_>) -> Result<(), Stop> {
        for member in &self.members {
            let letter = letter(self.purpose, &member.organization);
            mail::post(batch, member.org, member.user, letter).await?;
        }
        Ok(())
    }
}

fn letter(purpose: Purpose, organization: &str) -> Letter {
    let minutes = WORKS / 60;
    let (subject, wish) = match purpose {
        Purpose::SignIn => ("Sign in to Fairlead", "Somebody, probably you, wants to sign in"),
        Purpose::Reset => ("A new password for Fairlead", "Somebody, probably you, wants a new password"),
    };
    Letter {
        subject: format!("{subject} ({organization})"),
        body: format!(
            "{wish} at {organization}.\n\n{{link}}\n\nThe link works once, for {minutes} minutes. If it was not you, \
             nothing needs to be done: without the link nothing happens.\n"
        ),
        link: Some(purpose),
    }
}

impl Engine {
    /// Signs in by a one-time link.
    pub async fn sign_in_by_link(
        &self,
        secret: &str,
        client: Client,
        replaces: Option<[u8; 32]>,
    ) -> Result<Opened, Failure> {
        let command = OpenByLink { secret_hash: secret_hash(secret), client, replaces };
        self.run(&By::system(OrgId(0)), command).await
    }

    /// Whether a link works now; looking does not use it up.
    pub async fn link_works(&self, purpose: Purpose, secret: &str) -> Result<bool, Failure> {
        let Micros(now) = self.now();
        Ok(link_fetch(self.reader(), purpose, &secret_hash(secret), now).await?.is_some())
    }

    /// Sets a new password by a one-time link.
    pub async fn reset_password(&self, secret: &str, password: String) -> Result<(), Failure> {
        if let Some(message) = password_fault(&password) {
            return Err(Refusal::Invalid { field: "password", message }.into());
        }
        // Only a link that works is worth a hash.
        if !self.link_works(Purpose::Reset, secret).await? {
            return Err(Refusal::LinkSpent.into());
        }
        let password_hash = hash_password(password).await?;
        let command = ResetPassword { secret_hash: secret_hash(secret), password_hash };
        self.run(&By::system(OrgId(0)), command).await
    }

    /// Refuses an address that asks for too many mails; says nothing about accounts.
    pub fn may_ask_for_mail(&self, address: Option<IpAddr>) -> Result<(), Failure> {
        Ok(self.throttle().mail_asked(address, self.now())?)
    }

    /// Mails a link to whoever has this e-mail: one to sign in, or one for each organisation to reset the password
    /// there. Its outcome must not be told, nor how long it takes.
    pub async fn mail_link(&self, purpose: Purpose, email: &str) -> Result<(), Failure> {
        let mut members = user_list_email(self.reader(), email).await?;
        if members.is_empty() || !self.throttle().mail_to(email, self.now()) {
            return Ok(());
        }
        if purpose == Purpose::SignIn {
            members.truncate(1);
        }
        self.run(&By::system(OrgId(0)), MailLinks { members, purpose }).await
    }
}

//! Signing in with e-mail and password.

use crate::access::session::{Opened, Opening, open};
use crate::access::{Client, password};
use crate::batch::Batch;
use crate::{By, Command, Engine, Failure, Refusal, Scope, Stop};
use model::{OrgId, SignInMethod};
use store::user::{Member, user_fetch, user_list_email};

/// Somebody who wants in.
#[derive(Clone)]
pub struct SignIn {
    /// E-mail, in any case.
    pub email: String,
    /// Password.
    pub password: String,
    /// The short name of the organisation, for who belongs to several.
    pub organization: Option<String>,
    /// From where.
    pub client: Client,
    /// The hash of the secret the browser already has.
    pub replaces: Option<[u8; 32]>,
}

impl Engine {
    /// Opens a session for whoever knows the password. Wrong, unknown and deactivated are answered alike, after as much
    /// work. Where the same e-mail and password belong to several organisations, the oldest is entered.
    pub async fn sign_in(&self, wish: SignIn) -> Result<Opened, Failure> {
        let SignIn { email, password, organization, client, replaces } = wish;
        self.throttle().password(&email, client.address, self.now())?;
        let mut members = user_list_email(self.reader(), &email).await?;
        members.retain(|m| organization.as_ref().is_none_or(|slug| *slug == m.slug));
        let hashes = members.iter().map(|m| m.password_hash.clone()).collect();
        let fits = password::verify(password, hashes).await?;
        let mut fits = fits.into_iter();
        members.retain(|_| fits.next().unwrap_or(false));
        let Some(first) = members.first() else {
            tracing::info!(address = ?client.address, "somebody was not let in: wrong e-mail or password");
            return Err(Refusal::WrongPassword.into());
        };
        self.throttle().password_was_right(&email, client.address);
        let by = By { org: first.org, actor: first.user.to_string(), scope: Scope::Nothing };
        self.run(&by, OpenByPassword { members, client, replaces }).await
    }
}

struct OpenByPassword {
    /// Where the password was right.
    members: Vec<Member>,
    client: Client,
    replaces: Option<[u8; 32]>,
}

impl Command for OpenByPassword {
    type Output = Opened;

    async fn run(&mut self, _by: &By, batch: &mut Batch<'_>) -> Result<Opened, Stop> {
        let first = self.members.first().ok_or(Refusal::WrongPassword)?;
        // The password may have been changed while this one was verified.
        let now = user_fetch(batch.tx, first.org, first.user).await?;
        if !now.active || now.password_hash != first.password_hash {
            return Err(Refusal::WrongPassword.into());
        }
        let proven: Vec<(OrgId, _)> = self.members.iter().map(|m| (m.org, m.user)).collect();
        let opening = Opening {
            org: first.org,
            user: first.user,
            method: SignInMethod::Password,
            proven,
            client: &self.client,
            replaces: self.replaces,
        };
        open(batch, opening).await
    }
}

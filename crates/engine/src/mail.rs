//! Mail: a durable queue in the database, and the two ways out of it: SMTP, or the log while nothing is set up.

use crate::access::link;
use crate::batch::Batch;
use crate::{By, Command, Engine, Failure, Stop};
use lettre::message::Mailbox;
use lettre::transport::smtp;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use model::{Micros, OrgId, Purpose, UserId};
use std::sync::Arc;
use std::time::Duration;
use store::mail::{Mail, mail_end, mail_insert, mail_next_due, mail_take, mail_tried};
use store::user::user_fetch;
use uuid::Uuid;

/// Seconds until the next try, after each.
const RETRIES: [i64; 8] = [5, 60, 300, 900, 3600, 3 * 3600, 6 * 3600, 12 * 3600];
/// Seconds after which nobody waits for a link any more.
const LINK_WORTH: i64 = 3600;
/// How long one mail may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A mail to a user, before it is queued.
#[derive(Debug, Clone)]
pub struct Letter {
    /// One line.
    pub subject: String,
    /// Plain text; `{link}` where the link belongs.
    pub body: String,
    /// The one-time link it brings.
    pub link: Option<Purpose>,
}

/// Queues a mail with the change that causes it.
pub(crate) async fn post(
    batch: &mut Batch<'_>,
    org: OrgId,
    user: UserId,
    letter: Letter,
) -> store::Result<()> {
    let mail = Mail {
        org,
        id: Uuid::now_v7(),
        user_id: user,
        subject: letter.subject,
        body: letter.body,
        link: letter.link,
        attempts: 0,
        created_at: batch.now.0,
    };
    mail_insert(batch.tx, &mail).await?;
    batch.mail_waits();
    Ok(())
}

/// How mail leaves.
#[derive(Clone)]
pub struct Mailer {
    inner: Arc<Inner>,
}

struct Inner {
    way: Way,
    from: Option<Mailbox>,
    /// Where links lead: `https://leads.example.com`.
    public_url: String,
}

enum Way {
    /// To the log, for development.
    Log,
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
}

impl Mailer {
    /// From the settings: an empty `url` writes to the log. The error says what is wrong with them.
    pub fn new(url: &str, from: &str, public_url: &str) -> Result<Self, String> {
        let way = match url {
            "" => Way::Log,
            url => {
                let smtp = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
                    .map_err(|e| format!("[mail] url is no smtp:// or smtps:// address: {e}"))?;
                Way::Smtp(smtp.timeout(Some(PATIENCE)).build())
            }
        };
        let from = match from {
            "" if url.is_empty() => None,
            from => {
                Some(from.parse::<Mailbox>().map_err(|e| format!("[mail] from is no e-mail address: {e}"))?)
            }
        };
        let public_url = public_url.trim_end_matches('/').to_owned();
        Ok(Self { inner: Arc::new(Inner { way, from, public_url }) })
    }

    /// Mail goes to the log only.
    pub fn only_logs(&self) -> bool {
        matches!(self.inner.way, Way::Log)
    }

    /// The address of a one-time link.
    pub fn link(&self, purpose: Purpose, secret: &str) -> String {
        format!("{}{}", self.inner.public_url, link::link_path(purpose, secret))
    }

    async fn send(&self, taken: &Taken) -> Result<(), Unsent> {
        let body = match (&taken.secret, taken.mail.link) {
            (Some(secret), Some(purpose)) => taken.mail.body.replace("{link}", &self.link(purpose, secret)),
            _ => taken.mail.body.clone(),
        };
        let (smtp, from) = match (&self.inner.way, &self.inner.from) {
            (Way::Smtp(smtp), Some(from)) => (smtp, from),
            _ => {
                let (to, subject) = (&taken.email, &taken.mail.subject);
                tracing::info!(
                    "no mail server is set up ([mail] url); a mail to {to} is only logged\n{subject}\n\n{body}"
                );
                return Ok(());
            }
        };
        let address: Address = taken.email.parse().map_err(|e| Unsent::For(format!("the address: {e}")))?;
        let message = Message::builder()
            .from(from.clone())
            .to(Mailbox::new(Some(taken.name.clone()), address))
            .subject(taken.mail.subject.clone())
            .message_id(Some(format!("<{}@fairlead>", taken.mail.id.simple())))
            .body(body)
            .map_err(|e| Unsent::For(e.to_string()))?;
        let sent = tokio::time::timeout(PATIENCE * 2, smtp.send(message)).await;
        match sent.map_err(|_| Unsent::Yet("the mail server took too long".to_owned()))? {
            Ok(_) => Ok(()),
            Err(error) => Err(unsent(&error)),
        }
    }
}

/// Why a mail did not go out.
enum Unsent {
    /// Another try may help.
    Yet(String),
    /// It never will.
    For(String),
}

fn unsent(error: &smtp::Error) -> Unsent {
    let text =
        std::error::Error::source(error).map_or_else(|| error.to_string(), |why| format!("{error}: {why}"));
    let text = text.chars().take(300).collect();
    if error.is_permanent() { Unsent::For(text) } else { Unsent::Yet(text) }
}

/// Microseconds until a mail is due, if one waits.
pub(crate) async fn due_in(engine: &Engine) -> Result<Option<i64>, Failure> {
    Ok(mail_next_due(engine.reader()).await?.map(|due| due - engine.now().0))
}

/// Sends what is due; how many went out and how many did not.
pub(crate) async fn send_due(engine: &Engine, mailer: &Mailer) -> Result<(u64, u64), Failure> {
    let (mut sent, mut failed) = (0, 0);
    let by = By::system(OrgId(0));
    while let Some(taken) = engine.run_quietly(&by, TakeMail).await? {
        let Some(taken) = taken else { continue };
        let (org, id) = (taken.mail.org, taken.mail.id);
        let outcome = mailer.send(&taken).await;
        match &outcome {
            Ok(()) => sent += 1,
            Err(Unsent::Yet(error) | Unsent::For(error)) => {
                failed += 1;
                tracing::warn!(%error, mail = %id, attempts = taken.mail.attempts, "a mail could not be sent");
            }
        }
        engine.run_quietly(&by, EndMail { org, id, outcome, attempts: taken.mail.attempts }).await?;
    }
    Ok((sent, failed))
}

/// A mail that is being sent.
struct Taken {
    mail: Mail,
    email: String,
    name: String,
    secret: Option<String>,
}

/// Takes a mail that is due, and makes its link.
struct TakeMail;

impl Command for TakeMail {
    /// Nothing is due; or what was due needs no sending.
    type Output = Option<Option<Taken>>;

    async fn run(&mut self, _by: &By, batch: &mut Batch<'_>) -> Result<Self::Output, Stop> {
        let now = batch.now;
        let retry_at = |attempts: i64| now.plus_seconds(retry_after(attempts)).0;
        let Some(mail) = mail_take(batch.tx, now.0, retry_at).await? else { return Ok(None) };
        let user = user_fetch(batch.tx, mail.org, mail.user_id).await?;
        let old = mail.link.is_some() && mail.created_at < now.plus_seconds(-LINK_WORTH).0;
        let given_up = match (user.active, old) {
            (false, _) => Some("the user is deactivated"),
            (true, true) => Some("the link came too late"),
            (true, false) => None,
        };
        if given_up.is_some() {
            mail_end(batch.tx, mail.org, mail.id, given_up, now.0).await?;
            return Ok(Some(None));
        }
        let secret = match mail.link {
            Some(purpose) => Some(link::create(batch, mail.org, mail.user_id, purpose, true).await?),
            None => None,
        };
        Ok(Some(Some(Taken { mail, email: user.email, name: user.name, secret })))
    }
}

fn retry_after(attempts: i64) -> i64 {
    let place = usize::try_from(attempts).unwrap_or(0).min(RETRIES.len() - 1);
    RETRIES[place]
}

/// Records how sending went.
struct EndMail {
    org: OrgId,
    id: Uuid,
    outcome: Result<(), Unsent>,
    attempts: i64,
}

impl Command for EndMail {
    type Output = ();

    async fn run(&mut self, _by: &By, batch: &mut Batch<'_>) -> Result<(), Stop> {
        let Micros(now) = batch.now;
        let failed = match &self.outcome {
            Ok(()) => None,
            Err(Unsent::Yet(error)) if self.attempts < RETRIES.len() as i64 => {
                return Ok(mail_tried(batch.tx, self.org, self.id, error).await?);
            }
            Err(Unsent::Yet(error) | Unsent::For(error)) => Some(error.as_str()),
        };
        Ok(mail_end(batch.tx, self.org, self.id, failed, now).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn settings_that_cannot_work_are_told() {
        let fault = |url: &str, from: &str| Mailer::new(url, from, "http://x").err();
        assert_eq!(fault("", ""), None);
        assert_eq!(fault("smtp://127.0.0.1:25", "Fairlead <leads@example.com>"), None);
        assert!(fault("http://mail.example.com", "a@example.com").is_some());
        assert!(fault("smtp://mail.example.com", "").is_some_and(|why| why.contains("from")));
    }

    #[test]
    fn a_link_leads_to_the_public_address() {
        let mailer = Mailer::new("", "", "https://leads.example.com/").unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(mailer.link(Purpose::SignIn, "fl_x"), "https://leads.example.com/sign-in/link/fl_x");
    }
}

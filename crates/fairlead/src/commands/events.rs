//! `fairlead events test`: one event of each type, marked as test, through the ordinary path.

use crate::cli::EventsTest;
use crate::commands::Context;
use crate::commands::office::{Missing, Office};
use crate::ending::{Ending, usage};
use anyhow::Context as _;
use engine::notification::SendTrial;
use model::Role;
use store::user::User;

pub(crate) async fn run(context: &Context, test: EventsTest) -> anyhow::Result<Ending> {
    let office = Office::open(context, Missing::Nothing).await?;
    let user = addressee(&office, test.user.as_deref()).await?;
    let sent = office.engine.run(&office.by, SendTrial { user: user.id }).await;
    office.close().await;
    let sent = sent.context("cannot send the events")?;
    for event in &sent {
        let to = if event.to == "user" { user.email.as_str() } else { "staff" };
        context.out.say(format!("{:<22}to {to}: {}", event.r#type, event.data))?;
    }
    context.out.say(format!(
        "{} events were sent, marked as test. A running server delivers them now.",
        sent.len()
    ))?;
    context.out.object(&serde_json::json!({"user": user.email, "sent": sent}))?;
    Ok(Ending::Done)
}

/// The named user, or the first admin.
async fn addressee(office: &Office, email: Option<&str>) -> anyhow::Result<User> {
    let slug = &office.organization.slug;
    if let Some(email) = email {
        return match store::user::user_fetch_email(office.reader(), office.org(), email).await {
            Err(store::Error::NotFound) => Err(usage(format!("no user of {slug} has the e-mail {email}"))),
            other => other.context("cannot look for the user"),
        };
    }
    let users = store::user::user_list(office.reader(), office.org(), None, 500).await;
    let admin =
        users.context("cannot read the users")?.into_iter().find(|u| u.role == Role::Admin && u.active);
    admin.ok_or_else(|| usage(format!("{slug} has no admin yet: name a user with --user")))
}

//! `fairlead user`: somebody who may come in, and a way in.

use crate::cli::{UserAdd, UserLink};
use crate::commands::Context;
use crate::commands::office::{Missing, Office};
use crate::ending::{Ending, usage};
use anyhow::Context as _;
use engine::access::link::{CreateLink, WORKS};
use engine::access::{hash_password, password_fault};
use engine::user::CreateUser;
use model::Purpose;
use std::io::{self, BufRead, IsTerminal};

/// A password longer than this is a mistake, or an attack on the hash.
const LONGEST: usize = 1024;

pub(crate) async fn run(context: &Context, add: UserAdd) -> anyhow::Result<Ending> {
    let email = engine::intake::email::parse(&add.email)
        .map_err(|why| usage(format!("{:?} is not an e-mail address: {why}", add.email)))?;
    let password = read_password()?;
    if let Some(fault) = password.as_deref().and_then(password_fault) {
        return Err(usage(format!("the password {fault}")));
    }
    let office = Office::open(context, Missing::Named).await?;
    if let Some(text) = office.told_creation() {
        context.out.say(text)?;
    }
    let first = email.as_str().split('@').next().unwrap_or_default().to_owned();
    let password_hash = match password {
        Some(password) => Some(hash_password(password).await.context("cannot hash the password")?),
        None => None,
    };
    let create = CreateUser {
        name: add.name.unwrap_or(first),
        email: email.to_string(),
        role: add.role,
        password_hash,
    };
    let with_password = create.password_hash.is_some();
    let user = office.engine.run(&office.by, create).await.context("cannot add the user");
    let organization = office.organization.clone();
    office.close().await;
    let user = user?;
    context.out.say(format!(
        "Added {} <{}> to {} as {}{}.",
        user.name,
        user.email,
        organization.name,
        user.role,
        if with_password { "" } else { ", without a password" }
    ))?;
    context.out.object(&serde_json::json!({
        "id": user.id, "email": user.email, "name": user.name, "role": user.role,
        "organization": organization.slug, "password": with_password,
    }))?;
    Ok(Ending::Done)
}

/// `fairlead user link`: for the first sign-in, and for who forgot the password where no mail is set up.
pub(crate) async fn link(context: &Context, link: UserLink) -> anyhow::Result<Ending> {
    let mailer = context.config.mailer(&context.config.server.listen)?;
    let office = Office::open(context, Missing::Nothing).await?;
    let user = office.user(&link.email).await?;
    let purpose = if link.reset { Purpose::Reset } else { Purpose::SignIn };
    let secret = office.engine.run(&office.by, CreateLink { user: user.id, purpose }).await;
    office.close().await;
    let url = mailer.link(purpose, &secret.context("cannot make a link")?);
    let does = if link.reset { "lets them choose a new password" } else { "signs them in" };
    context.out.say(format!(
        "For {} ({}). It {does} once, within {} minutes:",
        user.email,
        user.role,
        WORKS / 60
    ))?;
    context.out.say(&url)?;
    context.out.object(&serde_json::json!({
        "email": user.email, "role": user.role, "purpose": purpose, "url": url, "seconds": WORKS,
    }))?;
    Ok(Ending::Done)
}

/// The first line of stdin; hidden while it is typed. Empty: none.
fn read_password() -> anyhow::Result<Option<String>> {
    let line = if io::stdin().is_terminal() {
        let terminal = console::Term::stderr();
        terminal.write_str("Password (empty for none): ").context("cannot ask for the password")?;
        terminal.read_secure_line().context("cannot read the password")?
    } else {
        let mut line = String::new();
        let limit = LONGEST as u64 + 2;
        io::Read::take(io::stdin().lock(), limit)
            .read_line(&mut line)
            .context("cannot read the password from stdin")?;
        line
    };
    let password = line.trim_end_matches(['\r', '\n']);
    if password.len() > LONGEST {
        return Err(usage(format!("a password has {LONGEST} bytes at most")));
    }
    Ok((!password.is_empty()).then(|| password.to_owned()))
}

//! `fairlead user add`: somebody who may come in.

use crate::cli::UserAdd;
use crate::commands::Context;
use crate::commands::office::{Missing, Office};
use crate::ending::{Ending, usage};
use anyhow::Context as _;
use engine::user::CreateUser;
use std::io::{self, BufRead, IsTerminal};

/// A password longer than this is a mistake, or an attack on the hash.
const LONGEST: usize = 1024;

pub(crate) async fn run(context: &Context, add: UserAdd) -> anyhow::Result<Ending> {
    let email = engine::intake::email::parse(&add.email)
        .map_err(|why| usage(format!("{:?} is not an e-mail address: {why}", add.email)))?;
    let password = read_password()?;
    let office = Office::open(context, Missing::Named).await?;
    if let Some(text) = office.told_creation() {
        context.out.say(text)?;
    }
    let first = email.as_str().split('@').next().unwrap_or_default().to_owned();
    let create = CreateUser {
        name: add.name.unwrap_or(first),
        email: email.to_string(),
        role: add.role,
        password_hash: password.map(|password| password_auth::generate_hash(password.as_bytes())),
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

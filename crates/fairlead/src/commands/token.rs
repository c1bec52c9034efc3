//! `fairlead token create`: a key for a program, printed once.

use crate::cli::TokenCreate;
use crate::commands::Context;
use crate::commands::office::{Missing, Office};
use crate::ending::Ending;
use anyhow::Context as _;
use engine::user::{CreateToken, new_secret};

pub(crate) async fn run(context: &Context, create: TokenCreate) -> anyhow::Result<Ending> {
    let office = Office::open(context, Missing::Nothing).await?;
    let user = office.user(&create.email).await?;
    let secret = new_secret();
    let wish = CreateToken { user: user.id, name: create.name, secret: secret.clone() };
    let token = office.engine.run(&office.by, wish).await.context("cannot create the token");
    office.close().await;
    let token = token?;
    context
        .out
        .say(format!("Token {:?} of {} ({}). It is shown this once:", token.name, user.email, user.role))?;
    context.out.say(&secret)?;
    context.out.object(&serde_json::json!({
        "id": token.id, "name": token.name, "email": user.email, "role": user.role, "token": secret,
    }))?;
    Ok(Ending::Done)
}

//! `fairlead migrate`: the schema to the newest.

use crate::commands::{Context, now};
use crate::ending::Ending;
use anyhow::Context as _;

pub(crate) async fn run(context: &Context) -> anyhow::Result<Ending> {
    let target = context.config.target()?;
    let applied = store::migrate::migrate(&target, now())
        .await
        .with_context(|| format!("cannot migrate the {}", target.describe()))?;
    let version = store::migrate::newest();
    context.out.say(match applied.as_slice() {
        [] => format!("The {} is at schema version {version} already.", target.describe()),
        applied => format!(
            "Brought the {} to schema version {version} ({} applied).",
            target.describe(),
            crate::term::plural(applied.len() as i64, "migration")
        ),
    })?;
    context.out.object(&serde_json::json!({"version": version, "applied": applied}))?;
    Ok(Ending::Done)
}

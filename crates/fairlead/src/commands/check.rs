//! `fairlead check`: every invariant against the data.

use crate::commands::Context;
use crate::commands::office::open_engine;
use crate::ending::Ending;
use crate::report;
use anyhow::Context as _;

pub(crate) async fn run(context: &Context) -> anyhow::Result<Ending> {
    let target = context.config.target()?;
    let engine = open_engine(&target, false, context.config.settings()).await?;
    context.out.say(format!("Checking the {}", target.describe()))?;
    let checked = engine::check::run(&engine).await.context("the check could not be finished");
    engine.shutdown().await;
    let checked = checked?;
    context.out.say(report::check::check(context.out.paint, &checked))?;
    context.out.object(&checked)?;
    Ok(if checked.findings.is_empty() { Ending::Done } else { Ending::SomeFailed })
}

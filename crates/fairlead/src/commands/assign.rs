//! `fairlead assign`: gives waiting leads out and tells how it went.

use crate::cli::Assign;
use crate::commands::Context;
use crate::commands::gather::{Gathered, sources};
use crate::commands::office::{Missing, Office};
use crate::ending::{Ending, usage};
use crate::report::run::{RunFacts, all_sources, breakdown, current, processing, rest};
use crate::report::{SourceFacts, order};
use crate::term::{BacklogProgress, Out, piece_of};
use anyhow::Context as _;
use engine::assign::backlog::Run;
use model::Trigger;
use std::collections::BTreeMap;
use store::source::{Source, source_find};

pub(crate) async fn run(context: &Context, assign: Assign) -> anyhow::Result<Ending> {
    let office = Office::open(context, Missing::Nothing).await?;
    let told = run_in(context, &office, &assign).await;
    office.close().await;
    told?;
    Ok(Ending::Done)
}

async fn run_in(context: &Context, office: &Office, assign: &Assign) -> anyhow::Result<()> {
    let out = &context.out;
    let chosen = choose(office, assign).await?;
    let mut runs = Vec::new();
    for (place, source) in chosen.iter().enumerate() {
        if place > 0 {
            out.gap()?;
        }
        runs.push(assign_source(out, office, source, assign.dry_run).await?);
    }
    if assign.all {
        out.gap()?;
        out.say(all_sources(out.paint, &office.clock, office.now(), &runs))?;
    }
    if assign.dry_run {
        out.say("This was a dry run: nothing was changed.")?;
    }
    let sum = |of: fn(&RunFacts) -> i64| runs.iter().map(of).sum::<i64>();
    out.object(&serde_json::json!({
        "dry_run": assign.dry_run,
        "assigned_count": sum(|run| run.assigned_count),
        "waiting": sum(|run| run.waiting),
        "sources": runs,
    }))?;
    Ok(())
}

async fn choose(office: &Office, assign: &Assign) -> anyhow::Result<Vec<Source>> {
    let Some(name) = &assign.source else {
        let mut all = sources(office).await?;
        all.retain(|source| source.active);
        return if all.is_empty() { Err(usage("there is no source yet")) } else { Ok(all) };
    };
    Ok(vec![find(office, name).await?])
}

/// A source by name or id; the error names those there are.
pub(crate) async fn find(office: &Office, name: &str) -> anyhow::Result<Source> {
    match source_find(office.reader(), office.org(), name).await {
        Err(store::Error::NotFound) => {
            let all = sources(office).await?;
            let known: Vec<&str> = all.iter().take(20).map(|source| source.name.as_str()).collect();
            let known = if known.is_empty() { "none yet".to_owned() } else { known.join(", ") };
            Err(usage(format!("no source is called {name:?} (there are: {known})")))
        }
        other => other.context("cannot look for the source"),
    }
}

/// One source, from the current distribution to what still waits.
async fn assign_source(
    out: &Out,
    office: &Office,
    source: &Source,
    dry_run: bool,
) -> anyhow::Result<RunFacts> {
    let before = Gathered::load(office).await?.source(office, source).await?;
    let paint = out.paint;
    if before.members.is_empty() || !before.is_on() || before.nobody_available() {
        out.say(order::nobody(paint, &before))?;
        let run = RunFacts::new(&before, |_| 0);
        out.say(rest(paint, &run))?;
        return Ok(run);
    }
    out.say(current(paint, &before))?;
    if before.waiting == 0 {
        out.say(format!("Nothing waits in {}.", before.source))?;
        out.say(order::next_and_waiting(paint, &before))?;
        return Ok(RunFacts::new(&before, |_| 0));
    }
    out.say(processing(&before))?;
    let mut run = if dry_run {
        let got = office
            .engine
            .preview_run(&office.by, source.source_no)
            .await
            .context("cannot preview the run")?;
        RunFacts::new(&before, |no| got.get(&no).copied().unwrap_or(0))
    } else {
        give_out(out, office, &before, piece_of(before.waiting)).await?
    };
    let after = Gathered::load(office).await?.source(office, source).await?;
    if !dry_run {
        (run.waiting, run.last_at) = (after.waiting, after.last_assigned_at);
    }
    out.say(breakdown(paint, &run, &as_after(&after, &run)))?;
    if run.waiting > 0 {
        out.say(rest(paint, &run))?;
        out.say(order::reasons(paint, &after))?;
    }
    out.say(order::next_and_waiting(paint, &after))?;
    Ok(run)
}

/// Gives out what waits, with progress.
pub(crate) async fn give_out(
    out: &Out,
    office: &Office,
    before: &SourceFacts,
    piece: i64,
) -> anyhow::Result<RunFacts> {
    let mut progress = BacklogProgress::new(out, before.waiting);
    let run = Run { source_no: before.source_no, trigger: Trigger::Run, piece };
    let report =
        office.engine.run_backlog(&office.by, run, |told| progress.told(told.assigned, told.of)).await;
    progress.end()?;
    let report = report.with_context(|| format!("cannot give out the leads of {}", before.source))?;
    let got: BTreeMap<i64, i64> =
        report.parts.iter().map(|part| (part.agent.agent_no, part.assigned)).collect();
    let mut facts = RunFacts::new(before, |no| got.get(&no).copied().unwrap_or(0));
    facts.assigned_count = report.assigned;
    facts.waiting = report.waiting;
    facts.batch_id = (report.assigned > 0).then_some(report.batch_id);
    Ok(facts)
}

/// The members with the totals of the breakdown: those of a dry run are not stored.
fn as_after(after: &SourceFacts, run: &RunFacts) -> Vec<crate::report::Member> {
    let mut members = after.members.clone();
    for (member, got) in members.iter_mut().zip(&run.breakdown) {
        if member.name == got.agent {
            member.total = got.total;
        }
    }
    members
}

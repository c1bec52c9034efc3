//! `fairlead simulate assign`: a policy tried out on a trace, or on a source's own history.

use crate::cli::SimulateAssign;
use crate::commands::Context;
use crate::commands::assign::find;
use crate::commands::office::{Missing, Office};
use crate::ending::{Ending, usage};
use crate::report::what_if::{WhatIfLine, what_if};
use anyhow::Context as _;
use engine::assign::simulate::{Draft, Stretch, TraceError, trace, what_if as replay};
use model::{Micros, Weight};
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::Path;
use store::agent::{Agent, agent_list};
use store::pool::pool_fetch;

pub(crate) async fn run(context: &Context, wish: SimulateAssign) -> anyhow::Result<Ending> {
    match (&wish.trace, &wish.source) {
        (Some(path), _) => run_trace(context, &wish, path),
        (None, Some(source)) => {
            let office = Office::open(context, Missing::Nothing).await?;
            let told = run_history(context, &office, &wish, source).await;
            office.close().await;
            told
        }
        (None, None) => Err(usage("give a trace or a source")),
    }
}

fn run_trace(context: &Context, wish: &SimulateAssign, path: &Path) -> anyhow::Result<Ending> {
    let input: Box<dyn BufRead> = match path.to_str() {
        Some("-") => Box::new(io::stdin().lock()),
        _ => {
            let file = File::open(path).map_err(|e| usage(format!("cannot read {}: {e}", path.display())))?;
            Box::new(BufReader::new(file))
        }
    };
    let answered = if context.out.is_json() {
        trace(input, wish.policy, io::sink())
    } else {
        let mut stdout = BufWriter::with_capacity(1 << 16, io::stdout().lock());
        trace(input, wish.policy, &mut stdout).and_then(|summary| {
            stdout.flush()?;
            Ok(summary)
        })
    };
    let summary = answered.map_err(|error| match error {
        TraceError::Io(error) => anyhow::Error::new(error).context("the trace could not be answered"),
        wrong => usage(format!("{}: {wrong}", path.display())),
    })?;
    let agents: Vec<_> = summary
        .by_agent
        .iter()
        .map(|(name, leads)| serde_json::json!({"agent": name, "leads": leads}))
        .collect();
    context.out.object(&serde_json::json!({
        "policy": wish.policy, "leads": summary.leads, "unserved": summary.unserved, "agents": agents,
    }))?;
    Ok(Ending::Done)
}

async fn run_history(
    context: &Context,
    office: &Office,
    wish: &SimulateAssign,
    source: &str,
) -> anyhow::Result<Ending> {
    let source = find(office, source).await?;
    let (db, org) = (office.reader(), office.org());
    let agents = agent_list(db, org, 0, 10_000).await.context("cannot read the agents")?;
    let since = match &wish.since {
        None => Micros(0),
        Some(text) => office
            .clock
            .parse(text, office.now())
            .ok_or_else(|| usage(format!("{text:?} is no time: try 2026-11-20, 2026-11-20T09:00 or 7d")))?,
    };
    let drafted =
        wish.members.iter().map(|member| draft_member(member, &agents)).collect::<Result<Vec<_>, _>>()?;
    let members = match drafted.is_empty() {
        false => drafted,
        true => {
            let pool = pool_fetch(db, org, source.source_no).await.context("cannot read the pool")?.state;
            pool.members.iter().filter(|member| member.current).map(|m| (m.agent_no, m.weight)).collect()
        }
    };
    let draft = Draft { policy: wish.policy, members: Some(members.clone()) };
    let stretch = Stretch { since, most: None };
    let told =
        replay(db, org, source.source_no, &draft, stretch).await.context("cannot replay the history")?;
    let line = |row: engine::assign::simulate::WhatIf| WhatIfLine {
        agent: agents
            .iter()
            .find(|agent| agent.agent_no == row.agent_no)
            .map_or_else(|| format!("agent {}", row.agent_no), |agent| agent.name.clone()),
        weight: members.iter().find(|(no, _)| *no == row.agent_no).map(|(_, weight)| weight.decimal()),
        would: row.would,
        happened: row.happened,
    };
    let lines: Vec<WhatIfLine> = told.agents.into_iter().map(line).collect();
    let mut title = format!("If {} had been {}", source.name, wish.policy);
    if wish.since.is_some() {
        title.push_str(&format!(" since {}", office.clock.at(since, office.now())));
    }
    context.out.say(what_if(context.out.paint, &title, &lines))?;
    context.out.object(&serde_json::json!({
        "source": source.name, "policy": wish.policy,
        "since": wish.since.as_ref().map(|_| since), "agents": lines,
    }))?;
    Ok(Ending::Done)
}

/// `Asha Nair=2`, `Asha`, `3=0.5`: an agent by name, the beginning of one, or number; without a weight its own.
fn draft_member(text: &str, agents: &[Agent]) -> anyhow::Result<(i64, Weight)> {
    let (name, weight) = match text.rsplit_once('=') {
        Some((name, weight)) => {
            let parsed = weight.trim().parse().ok().and_then(Weight::from_decimal);
            let bad = || usage(format!("{weight:?} is no weight: expected 0.001 to 1000"));
            (name.trim(), Some(parsed.ok_or_else(bad)?))
        }
        None => (text.trim(), None),
    };
    let agent = find_agent(name, agents)?;
    Ok((agent.agent_no, weight.unwrap_or(agent.weight)))
}

fn find_agent<'a>(name: &str, agents: &'a [Agent]) -> anyhow::Result<&'a Agent> {
    let wanted = name.to_lowercase();
    let exact = |agent: &&Agent| {
        agent.name.to_lowercase() == wanted
            || name.parse() == Ok(agent.agent_no)
            || agent.id.to_string() == wanted
    };
    if let Some(agent) = agents.iter().find(exact) {
        return Ok(agent);
    }
    let begins = |agent: &&Agent| agent.name.to_lowercase().starts_with(&wanted);
    let found: Vec<&Agent> = agents.iter().filter(begins).collect();
    match found.as_slice() {
        [one] => Ok(one),
        [] => Err(usage(format!("no agent is called {name:?}"))),
        several => {
            let names: Vec<&str> = several.iter().map(|agent| agent.name.as_str()).collect();
            Err(usage(format!("{name:?} could be {}", crate::term::names(&names, 6))))
        }
    }
}

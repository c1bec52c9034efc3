//! `fairlead demo`: everything at once, on a database of its own, for whoever sees Fairlead for the first time.

mod people;
mod split;
mod story;

use crate::cli::Demo;
use crate::commands::Context;
use crate::commands::assign::give_out;
use crate::commands::gather::Gathered;
use crate::commands::import::{Incoming, import_file, readable};
use crate::commands::office::{Office, start_engine};
use crate::commands::serve::{listen, until_told};
use crate::ending::{Ending, usage};
use crate::report::Member;
use crate::report::demo::{DemoAgent, DemoFacts, doors, import_line, pool_line, table, ways_in};
use crate::report::run::{RunFacts, processing};
use crate::term::{Clock, Out, piece_of, plural};
use anyhow::Context as _;
use engine::By;
use engine::import::ImportOptions;
use engine::organization::EnsureOrganization;
use model::OrgId;
use model::import::{ImportCounts, ImportState};
use people::Pool;
use split::Part;
use std::path::PathBuf;
use std::time::Instant;
use store::assignment::{AssignmentFilter, assignment_list};
use store::source::source_find;
use story::{Past, Story};
use tempfile::TempDir;
use tokio::net::TcpListener;

/// The bundled sample.
const SAMPLE: &str = include_str!("../../demo/leads.csv");

pub(crate) async fn run(context: &Context, demo: Demo) -> anyhow::Result<Ending> {
    let file = demo.file.as_deref().map(readable).transpose()?;
    let listener = if demo.exit { None } else { Some(open_port(demo.listen.as_deref()).await?) };
    let place = Place::make(demo.data_dir)?;
    let past = Past::default();
    if !demo.exit {
        past.go_back();
    }
    let office = open(context, &place, &past).await?;
    let out = &context.out;
    let told = out.paint.dim(&format!("· a fresh database in {}", place.folder.display()));
    out.say(format!("{} {told}", out.paint.heading("⚓", "Fairlead demo")))?;
    let shown = show(out, &office, &place, file).await;
    let (mut facts, source) = match shown {
        Ok(shown) => shown,
        Err(error) => {
            office.close().await;
            return Err(error);
        }
    };
    let Some(listener) = listener else {
        office.close().await;
        out.object(&facts)?;
        return Ok(Ending::Done);
    };
    let mut story = Story::new(&office, facts.sources.clone()).await?;
    story.days_before(&past).await?;
    let address = listener.local_addr().context("cannot tell the address")?;
    let (url, tokens) = (format!("http://{address}"), people::tokens(&office).await?);
    let links = people::links(&office, &context.config.mailer(&address.to_string())?).await?;
    let lead = newest_lead(&office).await?;
    out.gap()?;
    out.say(ways_in(out.paint, &url, &tokens, &lead, &source))?;
    out.gap()?;
    out.say(doors(out.paint, &links, &tokens.agent_name))?;
    out.gap()?;
    out.say(format!(
        "{} ({})\n{}",
        out.paint.green(&format!("Fairlead is listening on {url}")),
        office.target.describe(),
        out.paint.dim(place.ending())
    ))?;
    (facts.url, facts.tokens, facts.links) = (Some(url), Some(tokens), Some(links));
    out.object(&facts)?;
    // Both end when they are told to stop; the engine waits for the story to let go of it.
    if !demo.quiet {
        tokio::spawn(story.goes_on());
    }
    until_told(context, office.engine, listener).await?;
    Ok(Ending::Done)
}

/// The port that was asked for; else the usual one; else any.
async fn open_port(wanted: Option<&str>) -> anyhow::Result<TcpListener> {
    match wanted {
        Some(address) => listen(address).await,
        None => match listen("127.0.0.1:8080").await {
            Ok(listener) => Ok(listener),
            Err(_) => listen("127.0.0.1:0").await,
        },
    }
}

/// Where the demo keeps its database; a temporary folder is removed at the end.
struct Place {
    folder: PathBuf,
    temporary: Option<TempDir>,
}

impl Place {
    fn make(data_dir: Option<PathBuf>) -> anyhow::Result<Self> {
        let Some(folder) = data_dir else {
            let temporary = tempfile::Builder::new().prefix("fairlead-demo-").tempdir();
            let temporary = temporary.context("cannot make a temporary folder")?;
            return Ok(Self { folder: temporary.path().to_owned(), temporary: Some(temporary) });
        };
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        if folder.join("fairlead.db").exists() {
            let folder = folder.display();
            return Err(usage(format!("{folder} holds a database already; a demo begins with a fresh one")));
        }
        Ok(Self { folder, temporary: None })
    }

    fn ending(&self) -> &'static str {
        match self.temporary {
            Some(_) => "Ctrl-C ends the demo and removes its database.",
            None => "Ctrl-C ends the demo; its database stays where it is.",
        }
    }
}

async fn open(context: &Context, place: &Place, past: &Past) -> anyhow::Result<Office> {
    let target = store::Target::Sqlite(place.folder.join("fairlead.db"));
    let engine = start_engine(&target, past.clock(), context.config.settings()).await?;
    let ensure = EnsureOrganization {
        slug: "demo".to_owned(),
        name: "Harbour Motors".to_owned(),
        timezone: "Asia/Kolkata".to_owned(),
        region: "IN".to_owned(),
    };
    let organization =
        engine.run(&By::system(OrgId(0)), ensure).await.context("cannot create the organisation")?;
    Ok(Office {
        by: By::system(organization.org),
        clock: Clock::new(&organization.timezone),
        engine,
        target,
        organization,
        created: true,
    })
}

/// Import, distribution, summary; answers a source's name too.
async fn show(
    out: &Out,
    office: &Office,
    place: &Place,
    file: Option<PathBuf>,
) -> anyhow::Result<(DemoFacts, String)> {
    let agents = people::agents(office).await?;
    let begun = Instant::now();
    let (name, path) = match file {
        Some(path) => (path.file_name().unwrap_or_default().to_string_lossy().into_owned(), path),
        None => {
            let path = place.folder.join("leads.csv");
            std::fs::write(&path, SAMPLE).context("cannot write the sample")?;
            ("leads.csv".to_owned(), path)
        }
    };
    let parts = split::by_source(&path, &place.folder).context("cannot look at the file")?;
    let counts = import(out, office, &parts).await?;
    out.say(import_line(out.paint, &name, &counts, begun.elapsed().as_secs_f64()))?;
    let sources = plural(parts.len() as i64, "source");
    out.say(format!("{}{sources}, {}, times in IST", out.paint.emoji("👥"), plural(agents, "agent")))?;
    let runs = distribute(out, office, &parts).await?;
    for part in parts.iter().filter(|part| part.split) {
        std::fs::remove_file(&part.path).context("cannot remove a temporary file")?;
    }
    let agents = Gathered::load(office).await?.active_agents();
    out.gap()?;
    out.say(summary(out, &agents, &runs))?;
    let source = parts.first().map_or_else(String::new, |part| part.source.clone());
    Ok((facts(&counts, &agents, &runs, begun.elapsed().as_secs_f64()), source))
}

async fn import(out: &Out, office: &Office, parts: &[Part]) -> anyhow::Result<ImportCounts> {
    let mut sum = ImportCounts::default();
    for part in parts {
        people::source(office, &part.source).await?;
        let options = ImportOptions { no_assign: true, keep_file: true, ..ImportOptions::default() };
        let incoming = Incoming { path: &part.path, source: &part.source, options };
        let (import, _) = import_file(out, office, incoming).await?;
        if import.state == ImportState::Failed {
            let why = import.message.unwrap_or_default();
            return Err(usage(format!("the file could not be imported: {why}")));
        }
        sum.rows += import.counts.rows;
        sum.accepted += import.counts.accepted;
        sum.duplicates += import.counts.duplicates;
        sum.rejected += import.counts.rejected;
    }
    Ok(sum)
}

/// Sets up each pool, then gives out what waits in it.
async fn distribute(out: &Out, office: &Office, parts: &[Part]) -> anyhow::Result<Vec<RunFacts>> {
    let names: Vec<&str> = parts.iter().map(|part| part.source.as_str()).collect();
    let mut runs = Vec::new();
    for Pool { source, policy, members } in people::pools(&names) {
        people::configure(office, &source, policy, &members).await?;
        let found =
            source_find(office.reader(), office.org(), &source).await.context("cannot find a source")?;
        let before = Gathered::load(office).await?.source(office, &found).await?;
        // A log gets a line each quarter; a terminal a bar that moves every few leads.
        let piece =
            if out.terminal { piece_of(before.waiting) } else { ((before.waiting + 3) / 4).clamp(5, 5_000) };
        out.say(processing(&before))?;
        let run = give_out(out, office, &before, piece).await?;
        if out.terminal {
            // The line above has said what is now done.
            out.raw("\x1b[1A\x1b[2K")?;
        }
        out.say(pool_line(out.paint, &run, &before.members))?;
        runs.push(run);
    }
    Ok(runs)
}

fn summary(out: &Out, agents: &[Member], runs: &[RunFacts]) -> String {
    let titled: Vec<(&'static str, &RunFacts)> =
        runs.iter().filter_map(|run| Some((people::title(&run.source)?, run))).collect();
    let titled = if titled.len() == runs.len() && runs.len() > 1 { titled } else { Vec::new() };
    let mut text = table(out.paint, agents, &titled);
    let waiting: i64 = runs.iter().map(|run| run.waiting).sum();
    if waiting > 0 {
        let line = format!("  {} still waiting", plural(waiting, "lead"));
        text.push_str(&format!("{}\n", out.paint.yellow(&line)));
    }
    text
}

fn facts(counts: &ImportCounts, agents: &[Member], runs: &[RunFacts], seconds: f64) -> DemoFacts {
    let got = |name: &str| -> i64 {
        runs.iter()
            .flat_map(|run| &run.breakdown)
            .filter(|got| got.agent == name)
            .map(|got| got.assigned)
            .sum()
    };
    let agent = |member: &Member| DemoAgent {
        name: member.name.clone(),
        assigned: got(&member.name),
        total: member.total,
    };
    let totals = || agents.iter().map(|agent| agent.total);
    DemoFacts {
        rows: counts.rows,
        accepted: counts.accepted,
        duplicates: counts.duplicates,
        rejected: counts.rejected,
        assigned: runs.iter().map(|run| run.assigned_count).sum(),
        waiting: runs.iter().map(|run| run.waiting).sum(),
        agents: agents.iter().map(agent).collect(),
        spread: totals().max().unwrap_or(0) - totals().min().unwrap_or(0),
        sources: runs.iter().map(|run| run.source.clone()).collect(),
        seconds,
        url: None,
        tokens: None,
        links: None,
    }
}

/// A lead to explain.
async fn newest_lead(office: &Office) -> anyhow::Result<String> {
    let filter = AssignmentFilter::default();
    let newest = assignment_list(office.reader(), office.org(), &filter, None, 1)
        .await
        .context("cannot read the last assignment")?;
    Ok(newest.first().map_or_else(|| "LEAD_ID".to_owned(), |line| line.lead_id.to_string()))
}

//! Verifies every invariant of the design against the data, and says what is broken.

use crate::assign::History;
use crate::{Engine, Failure};
use model::{Credit, OrgId};
use routing::{Checkpoint, Replayer};
use serde::Serialize;

/// What was checked and what was found.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// One line a rule, with how many things it was held against.
    pub checked: Vec<Checked>,
    /// What is broken; empty when all is well.
    pub findings: Vec<Finding>,
}

/// A rule that was checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// The rule.
    pub rule: &'static str,
    /// How many rows, pools or steps it was held against.
    pub of: i64,
    /// How many break it.
    pub broken: i64,
}

/// Something that is broken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The organisation's short name.
    pub organization: String,
    /// The rule.
    pub rule: &'static str,
    /// Where, and what was found.
    pub what: String,
}

/// Steps of a pool that are taken again at a time.
const STRETCH: i64 = 10_000;

/// Checks every organisation. Run it while nothing is written, or expect moving targets.
pub async fn run(engine: &Engine) -> Result<Report, Failure> {
    let mut report = Report::default();
    for organization in store::organization::organization_list(engine.reader()).await? {
        for rule in store::check::RULES {
            let (of, broken) = store::check::broken(engine.reader(), organization.org, rule).await?;
            report.add(&organization.slug, rule.name, of, broken);
        }
        let (of, broken) = store::flow::flow_broken(engine.reader(), organization.org, engine.now()).await?;
        report.add(&organization.slug, FLOW, of, broken);
        let (of, broken) = store::segment::segment_broken(engine.reader(), organization.org).await?;
        report.add(&organization.slug, INDEX, of, broken);
        let mut after = 0;
        loop {
            let sources = store::source::source_list(engine.reader(), organization.org, after, 500).await?;
            let Some(last) = sources.last() else { break };
            after = last.source_no;
            for source in &sources {
                check_pool(engine, organization.org, &organization.slug, source.source_no, &mut report)
                    .await?;
            }
        }
    }
    Ok(report)
}

impl Report {
    fn add(&mut self, organization: &str, rule: &'static str, of: i64, broken: Vec<String>) {
        let count = broken.len() as i64;
        match self.checked.iter_mut().find(|c| c.rule == rule) {
            Some(checked) => {
                checked.of += of;
                checked.broken += count;
            }
            None => self.checked.push(Checked { rule, of, broken: count }),
        }
        let found = |what| Finding { organization: organization.to_owned(), rule, what };
        self.findings.extend(broken.into_iter().map(found));
    }
}

const FLOW: &str = "counters of quarter hours are what leads, steps and histories say";
const INDEX: &str = "the lead index holds exactly the terms of its leads";
const REPLAY: &str = "every stored decision follows from its rule, and credits are what the steps left";
const SUM: &str = "credits of a pool sum to its handed-back leads that wait";

async fn check_pool(
    engine: &Engine,
    org: OrgId,
    slug: &str,
    source_no: i64,
    report: &mut Report,
) -> Result<(), Failure> {
    let pool = store::pool::pool_fetch(engine.reader(), org, source_no).await?;
    let waiting = store::check::handed_back_waiting(engine.reader(), org, source_no).await?;
    let sum: i64 = pool.state.members.iter().map(|m| m.credit.0).sum();
    let mut broken = Vec::new();
    if sum != waiting * Credit::LEAD {
        let leads = Credit(sum).leads();
        broken.push(format!(
            "source {source_no}: credits sum to {leads} leads, {waiting} handed-back leads wait"
        ));
    }
    report.add(slug, SUM, 1, broken);

    let mut replayer = Replayer::new(&Checkpoint { seq: 0, last_slot: -1, credits: Vec::new() });
    let mut broken = Vec::new();
    let mut done = 0;
    while done < pool.state.seq && broken.is_empty() {
        let history = History::load(engine.reader(), org, &pool, done, done + STRETCH).await?;
        for step in history.steps()? {
            if let Err(error) = replayer.step(&step) {
                broken.push(format!("source {source_no}: {error}"));
                break;
            }
        }
        if history.rows.is_empty() {
            broken.push(format!(
                "source {source_no}: steps after {done} are missing, the pool stands at {}",
                pool.state.seq
            ));
        }
        done += STRETCH;
    }
    if broken.is_empty() {
        let replayed = replayer.checkpoint();
        for member in &pool.state.members {
            let credit = replayed.credits.get(member.slot).copied().unwrap_or(0);
            if credit != member.credit.0 {
                let (stored, says) = (member.credit.leads(), Credit(credit).leads());
                broken.push(format!(
                    "source {source_no}, agent number {}: credit {stored} is stored, the steps say {says}",
                    member.agent_no
                ));
            }
        }
    }
    report.add(slug, REPLAY, pool.state.seq, broken);
    Ok(())
}

//! The monitor: one screen of where everything stands.

use crate::report::spread::{overall, verdict};
use crate::report::{Member, SourceFacts};
use crate::term::{Align, Clock, Paint, Table, bar, grouped, names};
use engine::assign::simulate::{Spread, spread};
use model::Micros;
use serde::Serialize;

/// Everything the monitor shows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct MonitorFacts {
    pub(crate) organization: String,
    pub(crate) timezone: String,
    pub(crate) at: Micros,
    pub(crate) sources: Vec<SourceFacts>,
    pub(crate) overall: Spread,
    pub(crate) agents: Vec<Member>,
    pub(crate) history: Vec<Line>,
}

/// A line of the history.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Line {
    pub(crate) at: Micros,
    pub(crate) lead: String,
    pub(crate) source: String,
    pub(crate) agent: String,
    pub(crate) total_before: i64,
    pub(crate) total_after: i64,
    pub(crate) method: model::Method,
    pub(crate) trigger: model::Trigger,
    /// Given back, not given.
    pub(crate) handed_back: bool,
}

impl MonitorFacts {
    /// The figures of all active agents.
    pub(crate) fn figures(agents: &[Member]) -> Spread {
        spread(&agents.iter().map(|agent| agent.total).collect::<Vec<_>>())
    }
}

/// One frame.
pub(crate) fn frame(paint: Paint, clock: &Clock, facts: &MonitorFacts) -> String {
    let mut text = paint.heading("📡", &facts.organization);
    text.push_str(&paint.dim(&format!(" · {}", clock.at(facts.at, facts.at))));
    text.push('\n');
    text.push_str(&sources(paint, clock, facts));
    text.push_str(&agents(paint, facts));
    text.push_str(&turns(paint, &facts.sources));
    text.push_str(&history(paint, clock, facts));
    text
}

fn sources(paint: Paint, clock: &Clock, facts: &MonitorFacts) -> String {
    let mut table = Table::new(&[
        ("SOURCE", Align::Left),
        ("AUTO", Align::Left),
        ("POLICY", Align::Left),
        ("LEADS", Align::Right),
        ("WAITING", Align::Right),
        ("LAST ASSIGNED", Align::Left),
    ]);
    for source in &facts.sources {
        let state = source.state();
        table.row(vec![
            source.source.clone(),
            if source.is_on() { paint.green(state) } else { paint.dim(state) },
            if source.configured { source.policy.to_string() } else { String::new() },
            grouped(source.leads),
            if source.waiting > 0 { paint.yellow(&grouped(source.waiting)) } else { "0".to_owned() },
            source.last_assigned_at.map_or_else(|| paint.dim("never"), |at| clock.at(at, facts.at)),
        ]);
    }
    if table.is_empty() { "  no sources yet\n".to_owned() } else { table.render(paint) }
}

fn agents(paint: Paint, facts: &MonitorFacts) -> String {
    if facts.agents.is_empty() {
        return format!("\n{}\n  none yet\n", paint.heading("👥", "Agents"));
    }
    let most = facts.agents.iter().map(|agent| agent.total).max().unwrap_or(0) as f64;
    let mut table = Table::new(&[
        ("AGENT", Align::Left),
        ("LEADS", Align::Right),
        ("", Align::Left),
        ("NOW", Align::Left),
    ]);
    for agent in &facts.agents {
        table.row(vec![
            agent.name.clone(),
            grouped(agent.total),
            paint.cyan(&bar(paint, agent.total as f64, most, 24)),
            match &agent.why {
                Some(why) => paint.yellow(why),
                None => paint.green("available"),
            },
        ]);
    }
    let available: Vec<&str> =
        facts.agents.iter().filter(|agent| agent.available).map(|agent| agent.name.as_str()).collect();
    let available = match available.len() {
        all if all == facts.agents.len() => format!("all {all}"),
        _ => names(&available, 6),
    };
    format!(
        "\n{}\n{}{}  available: {available}\n",
        paint.heading("👥", "Agents"),
        table.render(paint),
        overall(paint, &facts.agents),
    )
}

fn turns(paint: Paint, sources: &[SourceFacts]) -> String {
    let mut table = Table::new(&[("SOURCE", Align::Left), ("NEXT", Align::Left), ("WAITING", Align::Left)]);
    for source in sources.iter().filter(|source| source.is_on()) {
        let next = source.next.first().map_or_else(|| paint.yellow("nobody can"), |name| paint.green(name));
        let rest = source.next.get(1..).unwrap_or_default();
        let more = if rest.len() > 4 { format!(" … {} more", rest.len() - 4) } else { String::new() };
        let waiting: Vec<&str> = rest.iter().take(4).map(String::as_str).collect();
        table.row(vec![source.source.clone(), next, waiting.join(", ") + &more]);
    }
    if table.is_empty() {
        return String::new();
    }
    format!("\n{}\n{}", paint.heading("⏭ ", "Turns"), table.render(paint))
}

fn history(paint: Paint, clock: &Clock, facts: &MonitorFacts) -> String {
    if facts.history.is_empty() {
        return String::new();
    }
    let titles = [("", Align::Left); 5];
    let mut table = Table::new(&titles);
    for line in &facts.history {
        let arrow = if paint.draws() { "→" } else { "->" };
        let what = if line.handed_back {
            format!("{} gave it back", line.agent)
        } else {
            format!("{} {arrow} {}", line.source, line.agent)
        };
        table.row(vec![
            paint.dim(&clock.at(line.at, facts.at)),
            line.lead.clone(),
            what,
            format!("{} {arrow} {}", line.total_before, line.total_after),
            paint.dim(&format!("{}, {}", line.method, line.trigger)),
        ]);
    }
    format!("\n{}\n{}", paint.heading("🕑", "Last assignments"), table.render(paint))
}

/// The figures in a few words, for a log.
pub(crate) fn short(paint: Paint, clock: &Clock, facts: &MonitorFacts) -> String {
    let leads: i64 = facts.sources.iter().map(|source| source.leads).sum();
    let waiting: i64 = facts.sources.iter().map(|source| source.waiting).sum();
    format!(
        "{} · {} leads · {} waiting · {} of {} agents available · spread {}: {}",
        clock.at(facts.at, facts.at),
        grouped(leads),
        grouped(waiting),
        facts.agents.iter().filter(|agent| agent.available).count(),
        facts.agents.len(),
        grouped(facts.overall.spread),
        verdict(paint, facts.overall.verdict)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::facts::sample::meta;

    fn facts() -> MonitorFacts {
        let source = meta();
        MonitorFacts {
            organization: "Harbour Motors".into(),
            timezone: "Asia/Kolkata".into(),
            at: Micros(1_795_000_100_000_000),
            overall: MonitorFacts::figures(&source.members),
            agents: source.members.clone(),
            history: vec![Line {
                at: Micros(1_795_000_000_000_000),
                lead: "L-000012".into(),
                source: "META".into(),
                agent: "Asha Nair".into(),
                total_before: 11,
                total_after: 12,
                method: model::Method::Fair,
                trigger: model::Trigger::Run,
                handed_back: false,
            }],
            sources: vec![source],
        }
    }

    #[test]
    fn a_frame_shows_sources_agents_turns_and_history() {
        let text = frame(Paint::plain(), &Clock::new("Asia/Kolkata"), &facts());
        let expected = "\
Harbour Motors · 18 Nov 16:38:20 IST
  SOURCE  AUTO  POLICY  LEADS  WAITING  LAST ASSIGNED
  META    on    fair       48       20  18 Nov 16:36:40 IST

Agents
  AGENT       LEADS                            NOW
  Asha Nair      12  ########################  available
  Bilal Khan     12  ########################  available
  Chitra Rao      4  ########                  on leave until 2026-12-03
  3 agents · average 9.3 · min 4 · max 12 · spread 8: uneven
  Chitra Rao has 4: on leave until 2026-12-03
  available: Asha Nair and Bilal Khan

Turns
  SOURCE  NEXT       WAITING
  META    Asha Nair  Bilal Khan

Last assignments
  18 Nov 16:36:40 IST  L-000012  META -> Asha Nair  11 -> 12  fair, run
";
        assert_eq!(text, expected);
    }

    #[test]
    fn a_log_gets_a_line() {
        let text = short(Paint::plain(), &Clock::new("Asia/Kolkata"), &facts());
        assert_eq!(
            text,
            "18 Nov 16:38:20 IST · 48 leads · 20 waiting · 2 of 3 agents available · spread 8: uneven"
        );
    }
}

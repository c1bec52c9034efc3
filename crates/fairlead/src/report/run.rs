//! A run: how leads lay before, who got how many, who got the odd one, how even it came out.

use crate::report::spread::{distance, equal_weights, overall, verdict};
use crate::report::{Member, SourceFacts};
use crate::term::{Align, Clock, Paint, Table, bar, grouped, names, percent, plural};
use engine::assign::simulate::odd_leads;
use model::{Method, Micros};
use serde::Serialize;

/// What one run (or a preview of one) came to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct RunFacts {
    pub(crate) source: String,
    pub(crate) method: Method,
    pub(crate) assigned_count: i64,
    pub(crate) waiting: i64,
    pub(crate) breakdown: Vec<Got>,
    pub(crate) spread: i64,
    /// Who got one lead more because it did not divide evenly.
    pub(crate) odd_leads: Vec<String>,
    /// Absent in a dry run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) batch_id: Option<model::BatchId>,
    #[serde(skip)]
    pub(crate) last_at: Option<Micros>,
    #[serde(skip)]
    pub(crate) leads: i64,
}

/// One agent's part.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Got {
    pub(crate) agent: String,
    pub(crate) before: i64,
    pub(crate) assigned: i64,
    pub(crate) total: i64,
    /// Could take leads when the run began.
    pub(crate) available: bool,
    #[serde(skip)]
    pub(crate) weight: f64,
}

impl RunFacts {
    /// From the members before the run and what each got.
    pub(crate) fn new(before: &SourceFacts, got: impl Fn(i64) -> i64) -> Self {
        let part = |member: &Member| Got {
            agent: member.name.clone(),
            before: member.total,
            assigned: got(member.agent_no),
            total: member.total + got(member.agent_no),
            available: member.available,
            weight: member.weight,
        };
        let breakdown: Vec<Got> = before.members.iter().map(part).collect();
        let totals = || breakdown.iter().map(|got| got.total);
        let assigned_count = breakdown.iter().map(|got| got.assigned).sum();
        Self {
            source: before.source.clone(),
            method: before.policy.into(),
            assigned_count,
            waiting: before.waiting - assigned_count,
            spread: totals().max().unwrap_or(0) - totals().min().unwrap_or(0),
            odd_leads: odd(before, &breakdown),
            breakdown,
            batch_id: None,
            last_at: before.last_assigned_at,
            leads: before.leads,
        }
    }
}

/// Among equals who could take leads: those who got one more than the others.
fn odd(before: &SourceFacts, breakdown: &[Got]) -> Vec<String> {
    let took = |got: &&Got| got.available || got.assigned > 0;
    let members: Vec<&Member> = before.members.iter().filter(|m| m.available).collect();
    if !equal_weights(&members) {
        return Vec::new();
    }
    let took: Vec<&Got> = breakdown.iter().filter(took).collect();
    let gains: Vec<i64> = took.iter().map(|got| got.assigned).collect();
    odd_leads(&gains).into_iter().map(|place| took[place].agent.clone()).collect()
}

/// `META · fair · oldest first` and how leads lie now.
pub(crate) fn current(paint: Paint, source: &SourceFacts) -> String {
    let mut text = paint.heading("🎯", &source.source);
    text.push_str(
        &paint.dim(&format!(" · {} · {} first · current distribution", source.policy, source.order)),
    );
    text.push('\n');
    let weighted = !equal_weights(&source.members.iter().collect::<Vec<_>>());
    let most = source.members.iter().map(|m| m.total).max().unwrap_or(0) as f64;
    let sum = source.members.iter().map(|m| m.total).sum::<i64>() as f64;
    let weight_title = if weighted { "WEIGHT" } else { "" };
    let mut table = Table::new(&[
        ("AGENT", Align::Left),
        (weight_title, Align::Right),
        ("LEADS", Align::Right),
        ("SHARE", Align::Right),
        ("", Align::Left),
        ("NOW", Align::Left),
    ]);
    for member in &source.members {
        table.row(vec![
            member.name.clone(),
            if weighted { member.weight.to_string() } else { String::new() },
            grouped(member.total),
            percent(member.total as f64, sum),
            paint.cyan(&bar(paint, member.total as f64, most, 12)),
            match &member.why {
                Some(why) if !member.available => paint.yellow(why),
                _ => paint.green("available"),
            },
        ]);
    }
    text + &table.render(paint)
}

/// `Processing 20 waiting leads of META (fair)`.
pub(crate) fn processing(source: &SourceFacts) -> String {
    format!("Processing {} of {} ({})", plural(source.waiting, "waiting lead"), source.source, source.policy)
}

/// Who got how many, the odd lead, how even it is.
pub(crate) fn breakdown(paint: Paint, run: &RunFacts, after: &[Member]) -> String {
    let most = run.breakdown.iter().map(|got| got.assigned).max().unwrap_or(0) as f64;
    let mut table = Table::new(&[
        ("AGENT", Align::Left),
        ("METHOD", Align::Left),
        ("BEFORE", Align::Right),
        ("", Align::Left),
        ("AFTER", Align::Left),
        ("GOT", Align::Right),
        ("SHARE", Align::Right),
        ("", Align::Left),
    ]);
    for got in &run.breakdown {
        let plus = format!("+{}", grouped(got.assigned));
        table.row(vec![
            got.agent.clone(),
            run.method.to_string(),
            grouped(got.before),
            if paint.draws() { "→".to_owned() } else { "->".to_owned() },
            grouped(got.total),
            if got.assigned > 0 { paint.green(&plus) } else { paint.dim(&plus) },
            percent(got.assigned as f64, run.assigned_count as f64),
            paint.green(&bar(paint, got.assigned as f64, most, 20)),
        ]);
    }
    table.render(paint) + &odd_line(paint, run) + &run_line(paint, run) + &overall(paint, after)
}

fn odd_line(paint: Paint, run: &RunFacts) -> String {
    if run.odd_leads.is_empty() {
        return String::new();
    }
    let agents = run.breakdown.iter().filter(|got| got.available || got.assigned > 0).count();
    format!(
        "  {}{} over {agents} agents do not divide evenly: {} got one more.\n",
        paint.emoji("🎲"),
        plural(run.assigned_count, "lead"),
        names(&run.odd_leads, 4)
    )
}

fn run_line(paint: Paint, run: &RunFacts) -> String {
    let took = run.breakdown.iter().filter(|got| got.available || got.assigned > 0);
    let gains: Vec<(f64, i64)> = took.map(|got| (got.weight, got.assigned)).collect();
    match distance(&gains) {
        Some((away, word)) => {
            let leads = if away <= 1.0 { "lead" } else { "leads" };
            let word = verdict(paint, word);
            format!("  This run: nobody is further than {away:.1} {leads} from a fair share: {word}\n")
        }
        None => String::new(),
    }
}

/// What still waits after a run; nothing when nothing does.
pub(crate) fn rest(paint: Paint, run: &RunFacts) -> String {
    if run.waiting <= 0 {
        return String::new();
    }
    let verb = if run.waiting == 1 { "waits" } else { "wait" };
    let text = format!("  {} of {} still {verb}", plural(run.waiting, "lead"), run.source);
    format!("{}\n", paint.yellow(&text))
}

/// The closing table over all sources.
pub(crate) fn all_sources(paint: Paint, clock: &Clock, now: Micros, runs: &[RunFacts]) -> String {
    let mut table = Table::new(&[
        ("SOURCE", Align::Left),
        ("METHOD", Align::Left),
        ("LEADS", Align::Right),
        ("GIVEN", Align::Right),
        ("WAITING", Align::Right),
        ("LAST ASSIGNED", Align::Left),
    ]);
    for run in runs {
        table.row(vec![
            run.source.clone(),
            run.method.to_string(),
            grouped(run.leads),
            grouped(run.assigned_count),
            if run.waiting > 0 { paint.yellow(&grouped(run.waiting)) } else { "0".to_owned() },
            run.last_at.map_or_else(|| paint.dim("never"), |at| clock.at(at, now)),
        ]);
    }
    let sum = |of: fn(&RunFacts) -> i64| runs.iter().map(of).sum::<i64>();
    table.row(vec![
        paint.bold("all"),
        String::new(),
        paint.bold(&grouped(sum(|run| run.leads))),
        paint.bold(&grouped(sum(|run| run.assigned_count))),
        paint.bold(&grouped(sum(|run| run.waiting))),
        String::new(),
    ]);
    format!("{}\n{}", paint.heading("📊", "All sources"), table.render(paint))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::facts::sample::{member, meta};

    fn run(source: &SourceFacts) -> RunFacts {
        RunFacts::new(source, |agent_no| if agent_no == 1 { 3 } else { i64::from(agent_no == 2) * 2 })
    }

    #[test]
    fn the_current_distribution_says_who_can_take_leads() {
        let text = current(Paint::plain(), &meta());
        let expected = "\
META · fair · oldest first · current distribution
  AGENT         LEADS   SHARE                NOW
  Asha Nair        12  42.9 %  ############  available
  Bilal Khan       12  42.9 %  ############  available
  Chitra Rao        4  14.3 %  ####          on leave until 2026-12-03
";
        assert_eq!(text, expected);
        assert_eq!(processing(&meta()), "Processing 20 waiting leads of META (fair)");
    }

    #[test]
    fn the_breakdown_names_who_got_the_odd_lead() {
        let source = meta();
        let facts = run(&source);
        assert_eq!((facts.assigned_count, facts.waiting, facts.spread), (5, 15, 11));
        assert_eq!(facts.odd_leads, ["Asha Nair"]);
        let text = breakdown(Paint::plain(), &facts, &source.members[..2]);
        let expected = "  AGENT       METHOD  BEFORE      AFTER  GOT   SHARE
  Asha Nair   fair        12  ->  15      +3  60.0 %  ####################
  Bilal Khan  fair        12  ->  14      +2  40.0 %  ##############
  Chitra Rao  fair         4  ->  4       +0   0.0 %
  5 leads over 2 agents do not divide evenly: Asha Nair got one more.
  This run: nobody is further than 0.5 lead from a fair share: excellent
  2 agents · average 12.0 · min 12 · max 12 · spread 0: excellent
";
        assert_eq!(text, expected);
        assert_eq!(rest(Paint::plain(), &facts), "  15 leads of META still wait\n");
    }

    #[test]
    fn nobody_has_an_odd_lead_where_weights_differ() {
        let mut source = meta();
        source.members = vec![member(1, "Asha", 2.0, 0), member(2, "Bilal", 1.0, 0)];
        assert!(run(&source).odd_leads.is_empty());
    }

    #[test]
    fn the_closing_table_sums_all_sources() {
        let source = meta();
        let clock = Clock::new("Asia/Kolkata");
        let now = Micros(1_795_000_100_000_000);
        let text = all_sources(Paint::plain(), &clock, now, &[run(&source), run(&source)]);
        let expected = "\
All sources
  SOURCE  METHOD  LEADS  GIVEN  WAITING  LAST ASSIGNED
  META    fair       48      5       15  18 Nov 16:36:40 IST
  META    fair       48      5       15  18 Nov 16:36:40 IST
  all                96     10       30
";
        assert_eq!(text, expected);
    }
}

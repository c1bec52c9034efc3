//! What a newcomer sees first: one table, one verdict, the ways in.

use crate::report::Member;
use crate::report::run::RunFacts;
use crate::report::spread::{equal_weights, overall};
use crate::term::{Align, Paint, Table, bar, grouped, names, percent, plural, seconds};
use model::import::ImportCounts;
use serde::Serialize;

/// What the demo came to, as scripts get it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct DemoFacts {
    pub(crate) rows: u64,
    pub(crate) accepted: u64,
    pub(crate) duplicates: u64,
    pub(crate) rejected: u64,
    pub(crate) assigned: i64,
    pub(crate) waiting: i64,
    pub(crate) agents: Vec<DemoAgent>,
    pub(crate) spread: i64,
    pub(crate) seconds: f64,
    /// What leads were given out of.
    #[serde(skip)]
    pub(crate) sources: Vec<String>,
    /// Present when the demo goes on to serve.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tokens: Option<Tokens>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) links: Option<Links>,
}

/// One agent of the demo.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct DemoAgent {
    pub(crate) name: String,
    pub(crate) assigned: i64,
    pub(crate) total: i64,
}

/// The keys of the demo.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Tokens {
    pub(crate) admin: String,
    pub(crate) manager: String,
    pub(crate) agent: String,
    /// Whose the agent's token is.
    #[serde(skip)]
    pub(crate) agent_name: String,
}

/// One-time links into the console.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Links {
    pub(crate) admin: String,
    pub(crate) agent: String,
}

/// `612 rows of leads.csv in 85 ms (7,200 rows/s): 600 accepted, 7 duplicates, 5 rejected`.
pub(crate) fn import_line(paint: Paint, file: &str, counts: &ImportCounts, spent: f64) -> String {
    let rate = grouped((counts.rows as f64 / spent.max(0.001)) as i64);
    let n = |count: u64| grouped(count as i64);
    format!(
        "{}{} of {file} in {} {}: {} accepted, {}, {} rejected\n",
        paint.emoji("📥"),
        paint.bold(&plural(counts.rows as i64, "row")),
        seconds(spent),
        paint.dim(&format!("({rate} rows/s)")),
        paint.green(&n(counts.accepted)),
        plural(counts.duplicates as i64, "duplicate"),
        n(counts.rejected),
    )
}

/// `META: 160 leads, fair, over Asha Nair ×2, Bilal Khan, …`.
pub(crate) fn pool_line(paint: Paint, run: &RunFacts, members: &[Member]) -> String {
    let weighted = !equal_weights(&members.iter().collect::<Vec<_>>());
    let name = |member: &Member| {
        if weighted && member.weight != 1.0 {
            format!("{} (weight {})", member.name, member.weight)
        } else {
            member.name.clone()
        }
    };
    let who: Vec<String> = members.iter().map(name).collect();
    let mut text = format!(
        "{}{} {} by {} over {}\n",
        paint.emoji("🎯"),
        paint.bold(&format!("{}:", run.source)),
        plural(run.assigned_count, "lead"),
        paint.cyan(&run.method.to_string()),
        if who.len() > 5 { format!("all {}", plural(who.len() as i64, "agent")) } else { names(&who, 5) },
    );
    if !run.odd_leads.is_empty() {
        let odd = format!("  not divisible by {}: one more to {}", who.len(), names(&run.odd_leads, 4));
        text.push_str(&format!("{}\n", paint.dim(&odd)));
    }
    text
}

/// Agents down, sources across, then the verdict.
pub(crate) fn table(paint: Paint, agents: &[Member], runs: &[(&'static str, &RunFacts)]) -> String {
    let runs = if runs.len() > 5 { &[] } else { runs };
    let mut titles = vec![("AGENT", Align::Left)];
    titles.extend(runs.iter().map(|(title, _)| (*title, Align::Right)));
    titles.extend([("LEADS", Align::Right), ("SHARE", Align::Right), ("", Align::Left)]);
    let mut table = Table::new(&titles);
    let sum: i64 = agents.iter().map(|agent| agent.total).sum();
    let most = agents.iter().map(|agent| agent.total).max().unwrap_or(0) as f64;
    for agent in agents {
        let mut row = vec![agent.name.clone()];
        row.extend(runs.iter().map(|(_, run)| {
            let got = run.breakdown.iter().find(|got| got.agent == agent.name);
            got.map_or_else(|| paint.dim("·"), |got| grouped(got.assigned))
        }));
        row.push(paint.bold(&grouped(agent.total)));
        row.push(percent(agent.total as f64, sum as f64));
        row.push(paint.green(&bar(paint, agent.total as f64, most, 24)));
        table.row(row);
    }
    table.render(paint) + &overall(paint, agents)
}

/// How to go on: links into the console. Each works once, for 15 minutes.
pub(crate) fn doors(paint: Paint, links: &Links, agent: &str) -> String {
    let door = |who: &str, link: &str| format!("  {}\n  {}\n", paint.dim(who), paint.bold(link));
    format!(
        "{}\n{}{}",
        paint.heading("🚪", "Open the console: each link signs in once, within 15 minutes"),
        door("as an admin, who sees everything", &links.admin),
        door(&format!("as the agent {agent}, with new leads to call"), &links.agent)
    )
}

/// The same for programs: tokens and lines to paste.
pub(crate) fn ways_in(paint: Paint, url: &str, tokens: &Tokens, lead: &str, source: &str) -> String {
    let token = |who: &str, token: &str| format!("  {:<20}{token}\n", paint.dim(who));
    let auth = "-H \"$AUTH\"";
    let api = "$FAIRLEAD/api/v1";
    let mut text = format!("{}\n", paint.heading("🔑", "Tokens for programs"));
    text.push_str(&token("admin", &tokens.admin));
    text.push_str(&token("manager", &tokens.manager));
    text.push_str(&token(&format!("agent {}", tokens.agent_name), &tokens.agent));
    text.push_str(&format!("\n{}\n", paint.heading("🚀", "Try it in another terminal")));
    text.push_str(&format!(
        "  FAIRLEAD={url}\n  TOKEN={}\n  AUTH=\"Authorization: Bearer $TOKEN\"\n",
        tokens.admin
    ));
    let mut step = |what: &str, line: &str| {
        text.push_str(&format!("\n  {}\n  {line}\n", paint.dim(&format!("# {what}"))));
    };
    step(
        "create a lead: it has an agent before the answer comes",
        &format!(
            "curl -s {api}/leads {auth} -H 'Content-Type: application/json' -d '\n    \
             {{\"source\": \"{source}\", \"contact\": {{\"name\": \"Maya Iyer\", \"phone\": \"98450 12345\"}},\n     \
             \"required_skills\": [\"tamil\"]}}'"
        ),
    );
    step("why did this lead go to that agent?", &format!("curl -s {api}/leads/{lead}/explain {auth}"));
    step("how even is it?", &format!("curl -s {api}/stats/distribution {auth}"));
    step("every call, in the browser", &format!("{url}/docs"));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::facts::sample::meta;

    #[test]
    fn the_demo_fits_a_terminal_of_a_hundred_columns() {
        let paint = Paint::plain();
        let secret = format!("fl_{}", "0".repeat(64));
        let tokens = Tokens {
            admin: secret.clone(),
            manager: secret.clone(),
            agent: secret,
            agent_name: "Asha Nair".into(),
        };
        let lead = format!("lead_{}", "0".repeat(32));
        let text = ways_in(paint, "http://127.0.0.1:8080", &tokens, &lead, "META");
        let source = meta();
        let run = RunFacts::new(&source, |_| 5);
        let runs = [("META", &run), ("GOOGLE", &run), ("BTL", &run), ("Knowlarity", &run)];
        let all = text + &table(paint, &source.members, &runs) + &pool_line(paint, &run, &source.members);
        for line in all.lines() {
            assert!(line.chars().count() <= 100, "{} columns: {line}", line.chars().count());
        }
    }

    #[test]
    fn the_import_is_one_line() {
        let counts = ImportCounts { rows: 612, accepted: 600, duplicates: 7, rejected: 5, assigned: 0 };
        assert_eq!(
            import_line(Paint::plain(), "leads.csv", &counts, 0.1),
            "612 rows of leads.csv in 100 ms (6,120 rows/s): 600 accepted, 7 duplicates, 5 rejected\n"
        );
    }
}

//! Policies, reasons and results of runs, as the pages say them.

use crate::console::ui::{self, Clock};
use engine::assign::backlog::RunReport;
use engine::assign::simulate::odd_leads;
use engine::overview::{SourceWaiting, Why};
use model::{BacklogOrder, Method, PolicyKind, Trigger};

/// How many names a sentence has at most.
const NAMES: usize = 6;

/// Word and one line of explanation.
pub(super) const fn policy(policy: PolicyKind) -> (&'static str, &'static str) {
    match policy {
        PolicyKind::Fair => ("Fair", "Shares by weight, exact after every single lead."),
        PolicyKind::RoundRobin => ("Round robin", "Each in turn; weights do not count."),
        PolicyKind::Fewest => (
            "Fewest first",
            "Whoever has the fewest leads of all sources; ties in turn. Weights do not count.",
        ),
    }
}

/// Word and one line of explanation.
pub(super) const fn order(order: BacklogOrder) -> (&'static str, &'static str) {
    match order {
        BacklogOrder::Oldest => ("Oldest first", "First in, first out."),
        BacklogOrder::Newest => ("Newest first", "The freshest leads first."),
        BacklogOrder::Value => ("Highest value first", "The most valuable leads first."),
    }
}

pub(super) const fn method(method: Method) -> &'static str {
    match method {
        Method::Fair => "Fair",
        Method::RoundRobin => "Round robin",
        Method::Fewest => "Fewest first",
        Method::Manual => "By hand",
    }
}

pub(super) const fn trigger(trigger: Trigger) -> &'static str {
    match trigger {
        Trigger::Create => "New lead",
        Trigger::Import => "Import",
        Trigger::Save => "Config saved",
        Trigger::Run => "Auto-assign now",
        Trigger::Sweep => "Somebody became free",
        Trigger::Manual => "By hand",
    }
}

/// Why leads of a queue wait, as a sentence without its full stop.
pub(super) fn reason(queue: &SourceWaiting, clock: &Clock) -> String {
    let Some(first) = queue.reasons.first() else { return "about to be assigned".to_owned() };
    let mut text = match first.why {
        Why::Nobody(_) => format!("nobody can take them: {}", first.why.words()),
        _ => first.why.words().to_owned(),
    };
    if let (Why::Nobody(_), Some(at)) = (first.why, first.next_change) {
        text.push_str(&format!("; that may change {}", clock.relative(at)));
    }
    if queue.reasons.len() > 1 {
        text.push_str(&format!("; {} for other reasons", ui::grouped(queue.asked - first.leads)));
    }
    text
}

/// `Asha Nair 7, Bilal Khan 7 and 3 others`.
pub(super) fn parts<'a>(parts: impl IntoIterator<Item = (&'a str, i64)>) -> String {
    let told: Vec<String> = parts.into_iter().map(|(name, n)| format!("{name} {}", ui::grouped(n))).collect();
    match told.len() {
        n if n > NAMES + 1 => format!("{} and {} others", told[..NAMES].join(", "), n - NAMES),
        _ => told.join(", "),
    }
}

/// Who got the odd lead, if that is all the difference: "20 is not divisible by 3: one more to Asha Nair".
pub(super) fn odd(parts: &[(&str, i64)]) -> Option<String> {
    let gains: Vec<i64> = parts.iter().map(|(_, n)| *n).collect();
    let lucky: Vec<&str> = odd_leads(&gains).into_iter().map(|place| parts[place].0).collect();
    let sum: i64 = gains.iter().sum();
    (!lucky.is_empty() && sum > lucky.len() as i64).then(|| {
        let agents = parts.len();
        format!("{} is not divisible by {agents}: one more to {}", ui::grouped(sum), ui::names(&lucky, 4))
    })
}

/// What a run did, in a sentence; `on`: leads are given out at all.
pub(super) fn run(report: &RunReport, on: bool) -> String {
    let waiting = report.waiting;
    let wait = if waiting == 1 { "waits" } else { "wait" };
    if report.assigned == 0 {
        return match (waiting, on) {
            (0, _) => "No lead was waiting.".to_owned(),
            (_, true) => format!("{} still {wait}: nobody can take them now.", ui::plural(waiting, "lead")),
            (_, false) => format!("Auto-assign is off: {} {wait}.", ui::plural(waiting, "lead")),
        };
    }
    let given = report.parts.iter().filter(|p| p.assigned > 0);
    let given: Vec<(&str, i64)> = given.map(|p| (p.agent.name.as_str(), p.assigned)).collect();
    let were = if report.assigned == 1 { "was" } else { "were" };
    let leads = ui::plural(report.assigned, "lead");
    let mut text = format!("{leads} {were} assigned at once: {}.", parts(given.iter().copied()));
    if let Some(odd) = odd(&given) {
        text.push_str(&format!(" {}", ui::sentence(&odd)));
    }
    if waiting > 0 {
        text.push_str(&format!(" {} still {wait}.", ui::grouped(waiting)));
    }
    text
}

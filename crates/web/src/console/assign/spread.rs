//! The distribution of a source: who has got how much, what the weights ask for, whose turn it is.

use super::view::View;
use crate::console::ui::icon::Icon;
use crate::console::ui::{self, Clock, Column};
use engine::assign::distribution::{Distribution, Share};
use engine::assign::simulate::SpreadVerdict;
use maud::{Markup, html};
use std::collections::HashMap;

/// Rows before one asks for all.
const ROWS: usize = 50;

/// The card. `all`: every row.
pub(super) fn card(view: &View, clock: &Clock, all: bool) -> Markup {
    let d = &view.distribution;
    let turns: HashMap<i64, usize> = d.next.iter().enumerate().map(|(place, no)| (*no, place)).collect();
    let mut rows: Vec<&Share> = d.shares.iter().collect();
    rows.sort_by_key(|s| {
        let turn = turns.get(&s.agent.agent_no).copied().unwrap_or(usize::MAX);
        (s.member.is_none(), turn, std::cmp::Reverse(s.total))
    });
    let left_out = if all { 0 } else { rows.len().saturating_sub(ROWS) };
    rows.truncate(rows.len() - left_out);
    let columns = [
        Column::text("Agent"),
        Column::number("Total"),
        Column::text("Share"),
        Column::number("Target"),
        Column::number("Difference"),
        Column::text("Last"),
        Column::text("Turn"),
    ];
    html! {
        section #distribution.card data-live="lead_created lead_assigned lead_status_changed import_progress settings_changed" {
            header.card-head { h2 { "Distribution" } @if !d.shares.is_empty() { (verdict(d)) } }
            @if d.shares.is_empty() {
                (ui::empty(Icon::Assign, "Nothing to compare yet", "Once agents are chosen and leads are given out, this shows who has got how many.", &ui::NONE))
            } @else {
                p { (meaning(d)) }
                (ui::table("Distribution by agent", &columns, &html! {
                    @for share in &rows { (row(view, clock, share, turns.get(&share.agent.agent_no).copied())) }
                }))
                @if left_out > 0 { p.table-foot { a href={ (view.path()) "?all=1#distribution" } { "Show all " (ui::plural(d.shares.len() as i64, "agent")) } } }
            }
        }
    }
}

fn row(view: &View, clock: &Clock, share: &Share, turn: Option<usize>) -> Markup {
    let name = &share.agent.name;
    let why = view.hindered.get(&share.agent.agent_no);
    html! {
        tr data-key=(share.agent.agent_no) {
            td { a.row-link.ellipsis href={ "/agents/" (share.agent.id) } title=(name) { (name) }
                @if let Some(member) = share.member { @if view.distribution.balance.weighted { span.muted.small { "weight " (member.weight.decimal()) } } }
                @else { span.muted.small { "no member any more" } } }
            td.numeric { (ui::number(share.total)) }
            td { div.share { (ui::bar(&format!("Share of {name}"), share.share)) span.numeric { (ui::percent(share.share, 1.0)) } } }
            td.numeric { @if let Some(member) = share.member { (ui::percent(member.target, 1.0)) } @else { "–" } }
            td.numeric { @if let Some(member) = share.member { (difference(member.difference)) } @else { "–" } }
            td.nowrap { @if let Some(at) = share.last_at.filter(|at| at.0 > 0) { (clock.ago(at)) } @else { span.muted { "never" } } }
            td.nowrap {
                @match (turn, share.member, why) {
                    (Some(0), ..) => { (ui::pill("good", Icon::Bolt, "NEXT")) }
                    (Some(place), ..) => { (ui::pill("open", Icon::Clock, "WAITING")) " " span.muted.small { "place " (place + 1) } }
                    (None, Some(_), Some(why)) => { span.muted.small.why title=(why) { (ui::sentence(why)) } }
                    (None, Some(_), None) => { (ui::pill("open", Icon::Clock, "WAITING")) }
                    (None, None, _) => { span.muted { "–" } }
                }
            }
        }
    }
}

/// `+1.5`, `−0.8`, `0`: leads more or fewer than the target.
pub(super) fn difference(leads: f64) -> String {
    match (leads * 10.0).round() {
        0.0 => "0".to_owned(),
        tenths if tenths > 0.0 => format!("+{:.1}", tenths / 10.0),
        tenths => format!("−{:.1}", -tenths / 10.0),
    }
}

fn verdict(d: &Distribution) -> Markup {
    let (kind, icon) = match d.balance.verdict {
        SpreadVerdict::Excellent | SpreadVerdict::Good => ("good", Icon::Check),
        SpreadVerdict::Uneven => ("warn", Icon::Info),
    };
    let gap = if d.balance.weighted { format!("{:.1}", d.balance.gap) } else { ui::grouped(d.spread.spread) };
    ui::pill(kind, icon, &format!("Spread {gap}: {}", d.balance.verdict.word()))
}

fn meaning(d: &Distribution) -> Markup {
    let members: Vec<&Share> = d.shares.iter().filter(|s| s.member.is_some()).collect();
    if members.len() < 2 {
        return html! { span.muted { "With fewer than two members there is nothing to compare." } };
    }
    let behind = members
        .iter()
        .filter_map(|s| s.member.map(|m| (&s.agent.name, m.difference)))
        .min_by(|a, b| a.1.total_cmp(&b.1));
    html! {
        span.muted {
            @if d.balance.weighted {
                "Weights differ, so each is measured against the share its weight asks for: from the furthest behind to the furthest ahead lie "
                (format!("{:.1}", d.balance.gap)) " leads. "
            } @else {
                "All weights are equal: the most and the fewest leads of a member differ by " (ui::grouped(d.spread.spread)) ". "
            }
            @match (d.balance.verdict, behind) {
                (SpreadVerdict::Excellent, _) => "That is as even as whole leads can be.",
                (SpreadVerdict::Good, _) => "That is even; the next leads close it.",
                (SpreadVerdict::Uneven, Some((name, difference))) => {
                    (name) " is furthest behind (" (self::difference(difference)) "): a later start, an absence, a limit or leads given by hand make that. "
                    "From now on shares follow the policy, without a flood to catch up."
                },
                (SpreadVerdict::Uneven, None) => "",
            }
        }
    }
}

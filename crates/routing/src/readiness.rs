//! Whether an agent could take any lead at all at an instant: everything but the lead's own needs.

use crate::Verdict;
use jiff::Span;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use model::{AgentFacts, Micros, Presence, Shift};

/// The agent's readiness at `now`: deactivated, away, on leave, on holiday, off shift, at a limit, or eligible.
pub fn readiness(now: Micros, agent: &AgentFacts) -> Verdict {
    readiness_in(now, agent, &zone_of(agent))
}

/// The agent's local date: what is stored with `day_count`.
pub fn local_day(now: Micros, agent: &AgentFacts) -> Date {
    local(now, &zone_of(agent)).date()
}

/// The next instant at which time alone changes the agent's readiness: a shift begins or ends, midnight empties the
/// daily count, a leave or a day off begins or ends. `None`: time alone changes nothing.
pub fn next_change(now: Micros, agent: &AgentFacts) -> Option<Micros> {
    if !agent.active || agent.presence == Presence::Away {
        return None;
    }
    let zone = zone_of(agent);
    let current = readiness_in(now, agent, &zone);
    let mut instants = boundaries(now, agent, &zone);
    instants.sort_unstable();
    instants.into_iter().filter(|at| *at > now).find(|at| readiness_in(*at, agent, &zone) != current)
}

/// The agent's zone: its own, else the organisation's, else (a name nobody knows) UTC.
pub(crate) fn zone_of(agent: &AgentFacts) -> TimeZone {
    let named = agent.availability.timezone.as_deref().and_then(|name| TimeZone::get(name).ok());
    named.or_else(|| TimeZone::get(&agent.default_timezone).ok()).unwrap_or(TimeZone::UTC)
}

/// As [`readiness`], the zone being known.
pub(crate) fn readiness_in(now: Micros, agent: &AgentFacts, zone: &TimeZone) -> Verdict {
    match standing(now, agent, zone) {
        Verdict::Eligible => at_limit(agent, local(now, zone).date()),
        other => other,
    }
}

/// Readiness but for the two limits: it does not change while leads are given out at one instant.
pub(crate) fn standing(now: Micros, agent: &AgentFacts, zone: &TimeZone) -> Verdict {
    let today = local(now, zone).date();
    let hours = &agent.availability;
    if !agent.active {
        Verdict::Inactive
    } else if agent.presence == Presence::Away {
        Verdict::Away
    } else if hours.leave.iter().any(|leave| leave.from <= today && today <= leave.to) {
        Verdict::OnLeave
    } else if hours.holidays.contains(&today) {
        Verdict::Holiday
    } else if !hours.shifts.is_empty() && !on_shift(now, today, &hours.shifts, zone) {
        Verdict::OffShift
    } else {
        Verdict::Eligible
    }
}

/// The limits alone: the count of another day than `today` is worth nothing.
pub(crate) fn at_limit(agent: &AgentFacts, today: Date) -> Verdict {
    let given_today = if agent.day == Some(today) { agent.day_count } else { 0 };
    if agent.daily_cap.is_some_and(|cap| given_today >= cap) {
        Verdict::DailyCap
    } else if agent.open_cap.is_some_and(|cap| agent.open_count >= cap) {
        Verdict::OpenCap
    } else {
        Verdict::Eligible
    }
}

/// The wall clock of the zone.
pub(crate) fn local(now: Micros, zone: &TimeZone) -> DateTime {
    zone.to_datetime(now.timestamp())
}

fn on_shift(now: Micros, today: Date, shifts: &[Shift], zone: &TimeZone) -> bool {
    let yesterday = plus_days(today, -1);
    let within = |(begin, end): (Micros, Micros)| begin <= now && now < end;
    shifts
        .iter()
        .any(|shift| [yesterday, today].into_iter().filter_map(|day| shift_on(day, shift, zone)).any(within))
}

/// The shift that begins on `day`, as instants, the end excluded. Compared as instants, a shift neither repeats nor
/// vanishes when the clocks change: a time inside a gap is moved behind it, a repeated time means the first.
fn shift_on(day: Date, shift: &Shift, zone: &TimeZone) -> Option<(Micros, Micros)> {
    if !shift.days.contains(&day.weekday()) {
        return None;
    }
    let last = if shift.to <= shift.from { plus_days(day, 1) } else { day };
    Some((instant(day, shift.from, zone)?, instant(last, shift.to, zone)?))
}

/// Every instant at which readiness could change, in no order; shifts repeat weekly, so that nine days show them all.
fn boundaries(now: Micros, agent: &AgentFacts, zone: &TimeZone) -> Vec<Micros> {
    let today = local(now, zone).date();
    let hours = &agent.availability;
    let mut days = vec![plus_days(today, 1)];
    days.extend(hours.leave.iter().flat_map(|leave| [leave.from, plus_days(leave.to, 1)]));
    days.extend(hours.holidays.iter().flat_map(|day| [*day, plus_days(*day, 1)]));
    let mut instants: Vec<Micros> =
        days.into_iter().filter_map(|day| instant(day, Time::midnight(), zone)).collect();
    for offset in -1..=8 {
        let day = plus_days(today, offset);
        let spans = hours.shifts.iter().filter_map(|shift| shift_on(day, shift, zone));
        instants.extend(spans.flat_map(|(begin, end)| [begin, end]));
    }
    instants
}

fn instant(day: Date, time: Time, zone: &TimeZone) -> Option<Micros> {
    let stamp = zone.to_ambiguous_timestamp(day.to_datetime(time)).compatible().ok()?;
    Some(Micros::from_timestamp(stamp))
}

fn plus_days(day: Date, days: i64) -> Date {
    day.saturating_add(Span::new().days(days))
}

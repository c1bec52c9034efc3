//! How work on a lead went: one press a result, a note, a time to call back.

use crate::console::fields::Fields;
use crate::console::ui::icon::Icon;
use crate::console::ui::{self, Clock};
use crate::lead::short;
use crate::problem::Problem;
use maud::{Markup, html};
use model::{Micros, Status};
use store::lead::{LeadRow, LeadView};

/// The results people report, by number key.
const KEYED: [Status; 9] = [
    Status::Contacted,
    Status::Callback,
    Status::NoAnswer,
    Status::Busy,
    Status::Voicemail,
    Status::Sale,
    Status::NotInterested,
    Status::Dnc,
    Status::Invalid,
];
/// Those a dialer mostly reports.
const OTHERS: [Status; 4] = [Status::Failed, Status::Dropped, Status::Congestion, Status::Exhausted];

/// What was reported.
pub(crate) struct Told {
    pub(crate) status: Status,
    pub(crate) note: Option<String>,
    pub(crate) callback_at: Option<Micros>,
}

/// Reads the form back.
pub(crate) fn told(fields: &Fields, clock: &Clock) -> Result<Told, Problem> {
    let note = short("note", fields.given("note").map(str::to_owned))?;
    let later = |text: &str| {
        let at = clock.parse_local(text).filter(|at| at.0 > clock.now().0 - 60 * Micros::SECOND);
        at.ok_or_else(|| Problem::field("callback_own", "choose a time that is still to come"))
    };
    if let Some(chosen) = fields.given("callback") {
        return Ok(Told { status: Status::Callback, note, callback_at: Some(later(chosen)?) });
    }
    let status = fields.parsed::<Status>("status")?;
    let status = status.ok_or_else(|| Problem::field("status", "choose how it went"))?;
    let callback_at = match (status, fields.given("callback_own")) {
        (Status::Callback, None) => {
            return Err(Problem::field("callback_own", "say when to call back"));
        }
        (Status::Callback, Some(text)) => Some(later(text)?),
        _ => None,
    };
    Ok(Told { status, note, callback_at })
}

/// What was reported, as a sentence.
pub(crate) fn reported(lead: &LeadView, clock: &Clock) -> String {
    let uid = model::lead::uid(lead.row.lead_no);
    match lead.row.callback_at.map(Micros) {
        Some(at) => format!("{uid} is to be called back {}.", clock.relative(at)),
        None => format!("{uid} is {} now.", ui::status_word(lead.row.status)),
    }
}

/// The form. `typed`: what came with a result that could not be taken, and why.
pub(crate) fn results(
    row: &LeadRow,
    clock: &Clock,
    action: &str,
    typed: Option<(&Fields, &Problem)>,
) -> Markup {
    let allowed = |status: &Status| row.status.may_become(*status);
    let note = typed.map_or("", |(fields, _)| fields.text("note"));
    let others: Vec<Status> = OTHERS.into_iter().filter(allowed).collect();
    html! {
        form.results method="post" action=(action) data-guard {
            // Enter in a field chooses nothing: the first button of a form would be pressed.
            button type="submit" disabled hidden {}
            (ui::hidden("seen", &row.changes.to_string()))
            @if let Some((_, problem)) = typed { (ui::note("bad", &html! { (ui::sentence(&problem.detail)) })) }
            div.result-row role="group" aria-label="How it went" {
                @for (n, status) in KEYED.iter().enumerate().filter(|(_, status)| allowed(status)) {
                    @if *status == Status::Callback { (callback(n + 1, clock, typed)) }
                    @else { (press(*status, Some(n + 1))) }
                }
                @if !others.is_empty() {
                    details.other-results {
                        summary.button { "Other" }
                        div.drop-sheet { @for status in others { (press(status, None)) } }
                    }
                }
            }
            div.field {
                label for="f-note" { "Note" }
                textarea id="f-note" name="note" rows="2" maxlength="2000" placeholder="What was said; sent with the result" { (note) }
            }
        }
    }
}

fn press(status: Status, key: Option<usize>) -> Markup {
    let kind = match status {
        Status::Sale => "won",
        status if status.is_final() => "final",
        _ => "work",
    };
    html! {
        button.button.result type="submit" name="status" value=(status) data-kind=(kind) data-key-press=[key] {
            @if let Some(key) = key { kbd aria-hidden="true" { (key) } }
            (ui::status_word(status))
        }
    }
}

fn callback(key: usize, clock: &Clock, typed: Option<(&Fields, &Problem)>) -> Markup {
    let own = typed.map_or("", |(fields, _)| fields.text("callback_own"));
    let wrong = typed.is_some_and(|(_, problem)| problem.errors.iter().any(|e| e.field == "callback_own"));
    html! {
        details.callback open[wrong] {
            summary.button.result data-kind="work" data-key-press=(key) {
                kbd aria-hidden="true" { (key) } (Icon::Clock.svg()) "Callback"
            }
            div.drop-sheet {
                @for (word, at) in choices(clock) {
                    button.button type="submit" name="callback" value=(clock.local(at)) {
                        span { (word) } span.muted { (clock.short(at)) }
                    }
                }
                div.row {
                    label.visually-hidden for="f-callback_own" { "Another time" }
                    input id="f-callback_own" type="datetime-local" name="callback_own" value=(own)
                        aria-invalid=[wrong.then_some("true")];
                    button.button type="submit" name="status" value="callback" { "Call back then" }
                }
            }
        }
    }
}

/// Times people mostly agree on.
fn choices(clock: &Clock) -> Vec<(&'static str, Micros)> {
    let now = clock.now();
    let mut choices =
        vec![("In 1 hour", now.plus_seconds(3_600)), ("In 3 hours", now.plus_seconds(3 * 3_600))];
    let today: Option<jiff::civil::Date> = clock.day(now).parse().ok();
    let tomorrow = today.and_then(|today| today.tomorrow().ok());
    let at = |time: &str| clock.parse_local(&format!("{}T{time}", tomorrow?));
    choices.extend(at("10:00").map(|at| ("Tomorrow morning", at)));
    choices.extend(at("15:00").map(|at| ("Tomorrow afternoon", at)));
    choices
}

//! Working hours, leave and days off as a form: a row for each, and an empty row for one more. A row that is emptied
//! goes; so the form needs no script.

use crate::console::fields::{Fields, Filled};
use crate::console::ui::{self, Field};
use crate::problem::Problem;
use jiff::civil::{Date, Time, Weekday};
use maud::{Markup, html};
use model::Availability;
use model::agent::{Leave, Shift};

/// Rows of a kind that are read at most.
const MOST: usize = 100;

const DAYS: [(Weekday, &str, &str); 7] = [
    (Weekday::Monday, "mon", "Mon"),
    (Weekday::Tuesday, "tue", "Tue"),
    (Weekday::Wednesday, "wed", "Wed"),
    (Weekday::Thursday, "thu", "Thu"),
    (Weekday::Friday, "fri", "Fri"),
    (Weekday::Saturday, "sat", "Sat"),
    (Weekday::Sunday, "sun", "Sun"),
];

/// The fields that say what there is.
pub(super) fn fields_of(hours: &Availability) -> Vec<(String, String)> {
    let mut fields = vec![("timezone".to_owned(), hours.timezone.clone().unwrap_or_default())];
    for (n, shift) in hours.shifts.iter().enumerate() {
        for (_, word, _) in DAYS.iter().filter(|(day, ..)| shift.days.contains(day)) {
            fields.push((format!("s{n}_{word}"), "on".to_owned()));
        }
        fields.push((format!("s{n}_from"), clock(shift.from)));
        fields.push((format!("s{n}_to"), clock(shift.to)));
    }
    for (n, leave) in hours.leave.iter().enumerate() {
        fields.push((format!("l{n}_from"), leave.from.to_string()));
        fields.push((format!("l{n}_to"), leave.to.to_string()));
    }
    let days: Vec<String> = hours.holidays.iter().map(Date::to_string).collect();
    fields.push(("holidays".to_owned(), days.join("\n")));
    fields
}

fn clock(time: Time) -> String {
    format!("{:02}:{:02}", time.hour(), time.minute())
}

/// The form's part.
pub(super) fn editor(filled: &Filled, zone: &str) -> Markup {
    let shifts = rows(|n| shift_is_there(filled, n));
    let leaves = rows(|n| !filled.value(&format!("l{n}_from")).is_empty());
    let hint = format!("Empty: the organisation's, {zone}");
    html! {
        fieldset.stack-y {
            legend { "Working hours" }
            p.hint { "Without any, leads come round the clock. A shift that ends at or before its beginning ends on the next day. Untick all days of a row to remove it." }
            @if let Some(error) = filled.error("shifts") { p.field-error { (error) } }
            @for n in 0..=shifts { (shift(filled, n, n == shifts)) }
            div.fields { (ui::field(Field::text("timezone", "Time zone", filled.value("timezone")).hint(&hint).error(filled.error("availability.timezone")))) }
        }
        fieldset.stack-y {
            legend { "Leave" }
            p.hint { "Whole days, both included. Empty the first day of a row to remove it." }
            @if let Some(error) = filled.error("availability.leave") { p.field-error { (error) } }
            @for n in 0..=leaves {
                div.row {
                    (day(filled, &format!("l{n}_from"), "First day"))
                    (day(filled, &format!("l{n}_to"), "Last day"))
                }
            }
            div.fields { (ui::text_area(Field::text("holidays", "Days off", filled.value("holidays")).hint("One date a line, such as 2026-12-25").error(filled.error("holidays")), 2)) }
        }
    }
}

/// How many rows there are, counted to the first that is missing.
fn rows(is_there: impl Fn(usize) -> bool) -> usize {
    (0..MOST).take_while(|n| is_there(*n)).count()
}

fn shift_is_there(filled: &Filled, n: usize) -> bool {
    DAYS.iter().any(|(_, word, _)| !filled.value(&format!("s{n}_{word}")).is_empty())
}

fn shift(filled: &Filled, n: usize, new: bool) -> Markup {
    let value = |name: &str, usual: &'static str| match filled.value(&format!("s{n}_{name}")) {
        "" if new => usual.to_owned(),
        text => text.to_owned(),
    };
    html! {
        div.shift role="group" aria-label=(if new { "More working hours".to_owned() } else { format!("Working hours {}", n + 1) }) {
            span.days {
                @for (_, word, name) in DAYS {
                    @let field = format!("s{n}_{word}");
                    label { input type="checkbox" name=(field) checked[!filled.value(&field).is_empty()]; span { (name) } }
                }
            }
            span.row {
                (time(&format!("s{n}_from"), "from", &value("from", "09:00")))
                (time(&format!("s{n}_to"), "to", &value("to", "18:00")))
            }
        }
    }
}

fn time(name: &str, label: &str, value: &str) -> Markup {
    html! { label.inline { span.muted { (label) } input type="time" name=(name) value=(value); } }
}

fn day(filled: &Filled, name: &str, label: &str) -> Markup {
    html! { label.inline { span.muted { (label) } input type="date" name=(name) value=(filled.value(name)); } }
}

/// What the form says; what cannot be understood is told at its field.
pub(super) fn parse(fields: &Fields) -> Result<Availability, Problem> {
    let mut hours =
        Availability { timezone: fields.given("timezone").map(str::to_owned), ..Availability::default() };
    for n in 0..MOST {
        let on = |word: &str| fields.on(&format!("s{n}_{word}"));
        let days: Vec<Weekday> = DAYS.iter().filter(|(_, word, _)| on(word)).map(|(day, ..)| *day).collect();
        if !days.is_empty() {
            let time = |end: &str| -> Result<Time, Problem> {
                let text = fields.text(&format!("s{n}_{end}"));
                text.parse()
                    .map_err(|_| Problem::field("shifts", format!("row {}: say from when to when", n + 1)))
            };
            hours.shifts.push(Shift { days, from: time("from")?, to: time("to")? });
        }
        if let Some(from) = fields.given(&format!("l{n}_from")) {
            let to = fields.given(&format!("l{n}_to")).unwrap_or(from);
            hours
                .leave
                .push(Leave { from: date("availability.leave", from)?, to: date("availability.leave", to)? });
        }
    }
    for line in fields.text("holidays").split([',', '\n', ' ', '\r']).filter(|line| !line.is_empty()) {
        hours.holidays.push(date("holidays", line)?);
    }
    crate::agent::availability(hours)
}

fn date(field: &str, text: &str) -> Result<Date, Problem> {
    text.parse().map_err(|_| Problem::field(field, format!("{text:?} is not a date such as 2026-12-25")))
}

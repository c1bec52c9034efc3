//! Who it is, how to reach them, what they want.

use crate::console::ui::{self, icon::Icon};
use crate::lead_view::Thousandths;
use maud::{Markup, html};
use model::Urgency;
use serde_json::Value;
use store::lead::{LeadRow, LeadView};

/// What people call a lead: the person's name, else what is wanted, else how they are reached.
pub(crate) fn name_of(lead: &LeadView) -> String {
    let row = &lead.row;
    let title = || row.details().title;
    let phone = || row.e164().map(|phone| phone.to_string());
    let found = row.name.clone().or_else(title).or_else(phone).or_else(|| row.email.clone());
    found.unwrap_or_else(|| model::lead::uid(row.lead_no))
}

/// `1,500.5`.
pub(crate) fn money(value: i64) -> String {
    let text = Thousandths(value).to_string();
    let fraction = text.split_once('.').map(|(_, fraction)| format!(".{fraction}")).unwrap_or_default();
    ui::grouped(value / 1000) + &fraction
}

/// `Baner, Pune`.
pub(crate) fn place(row: &LeadRow) -> String {
    let suburb = row.details().suburb;
    let parts: Vec<&str> = [suburb.as_deref(), row.city.as_deref()].into_iter().flatten().collect();
    parts.join(", ")
}

/// Phone and e-mail in a table's cell.
pub(crate) fn reached(row: &LeadRow) -> Markup {
    html! {
        @if let Some(phone) = row.e164() { span.nowrap { (phone) } }
        @if let Some(email) = &row.email {
            span.ellipsis.muted.small[row.phone.is_some()] title=(email) { (email) }
        }
    }
}

/// Phone and e-mail, each to press and to take along.
pub(crate) fn contact(row: &LeadRow) -> Markup {
    html! {
        ul.contact {
            @if let Some(phone) = row.e164() {
                @let phone = phone.to_string();
                li { a href={ "tel:" (phone) } { (Icon::Phone.svg()) span { (phone) } } (copy(&phone, "phone number")) }
            }
            @if let Some(email) = &row.email {
                li { a href={ "mailto:" (email) } { (Icon::Mail.svg()) span { (email) } } (copy(email, "e-mail address")) }
            }
        }
    }
}

fn copy(value: &str, what: &str) -> Markup {
    html! {
        button.button.quiet type="button" data-action="copy" data-value=(value) aria-label={ "Copy the " (what) } { "Copy" }
    }
}

/// Everything else that is known, as terms and values.
pub(crate) fn details(lead: &LeadView, import: Option<&Markup>, clock: &ui::Clock) -> Markup {
    let row = &lead.row;
    let details = row.details();
    let postal =
        [details.postal_code.as_deref(), row.city.as_deref()].into_iter().flatten().collect::<Vec<_>>();
    let address =
        [details.suburb.clone(), Some(postal.join(" ")), details.region.clone(), details.country.clone()];
    let address: Vec<String> = address.into_iter().flatten().filter(|part| !part.is_empty()).collect();
    let text = |name: &str, value: Option<&str>| {
        html! { @if let Some(value) = value { dt { (name) } dd.wrap { (value) } } }
    };
    html! {
        dl.facts {
            (text("Wants", details.title.as_deref()))
            (text("In full", details.description.as_deref()))
            (text("Category", row.category.as_deref()))
            @if !address.is_empty() { dt { "Place" } dd { (address.join(", ")) } }
            @if let (Some(lat), Some(lon)) = (details.lat, details.lon) { dt { "Position" } dd { (lat) ", " (lon) } }
            @if row.urgency != Urgency::Normal { dt { "Urgency" } dd { (urgency(row.urgency)) } }
            @if let Some(value) = row.value { dt { "Value" } dd.number { (money(value)) } }
            @if let Some(skills) = &row.skills { dt { "Needs" } dd.chips { @for skill in skills { (ui::chip(&html! { (skill) }, None)) } } }
            @for (name, value) in &details.custom { dt { (name) } dd.wrap { (plain(value)) } }
            @if let Some(at) = details.enquired_at { dt { "Asked" } dd { (clock.at(at)) } }
            (text("External id", row.external_id.as_deref()))
            @if let Some(import) = import { dt { "Came with" } dd { (import) } }
        }
    }
}

const fn urgency(urgency: Urgency) -> &'static str {
    match urgency {
        Urgency::Low => "Low",
        Urgency::Normal => "Normal",
        Urgency::High => "High",
        Urgency::Urgent => "Urgent",
    }
}

/// A value of a custom field for people: text as it is, lists with commas.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "–".to_owned(),
        Value::Bool(yes) => if *yes { "Yes" } else { "No" }.to_owned(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

//! Times in the organisation's zone: short where they stand, exact on hover.

use jiff::tz::TimeZone;
use maud::{Markup, html};
use model::Micros;

/// The organisation's wall clock at the moment of the request.
#[derive(Debug, Clone)]
pub(crate) struct Clock {
    zone: TimeZone,
    name: String,
    now: Micros,
    iso: bool,
}

impl Clock {
    /// Of an IANA zone; a name nobody knows means UTC. `iso`: dates as `2026-11-05`.
    pub(crate) fn new(zone: &str, now: Micros, iso: bool) -> Self {
        let found = TimeZone::get(zone);
        let name = if found.is_ok() { zone } else { "UTC" };
        Self { zone: found.unwrap_or(TimeZone::UTC), name: name.to_owned(), now, iso }
    }

    pub(crate) fn now(&self) -> Micros {
        self.now
    }

    pub(crate) fn is_iso(&self) -> bool {
        self.iso
    }

    pub(crate) fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// `Asia/Kolkata`.
    pub(crate) fn zone_name(&self) -> &str {
        &self.name
    }

    fn zoned(&self, at: Micros) -> jiff::Zoned {
        at.timestamp().to_zoned(self.zone.clone())
    }

    /// `5 Nov 2026, 14:03:07 IST`.
    pub(crate) fn exact(&self, at: Micros) -> String {
        let form = if self.iso { "%Y-%m-%d %H:%M:%S %Z" } else { "%-d %b %Y, %H:%M:%S %Z" };
        self.zoned(at).strftime(form).to_string()
    }

    /// `14:03 IST` today, `5 Nov 14:03 IST` this year, else with the year.
    pub(crate) fn short(&self, at: Micros) -> String {
        let (then, now) = (self.zoned(at), self.zoned(self.now));
        let form = match (self.iso, then.date() == now.date(), then.year() == now.year()) {
            (_, true, _) => "%H:%M %Z",
            (true, ..) => "%Y-%m-%d %H:%M %Z",
            (false, _, true) => "%-d %b %H:%M %Z",
            (false, ..) => "%-d %b %Y %H:%M %Z",
        };
        then.strftime(form).to_string()
    }

    /// `just now`, `4 min ago`, `in 2 h`; further away than a day: the date.
    pub(crate) fn relative(&self, at: Micros) -> String {
        let seconds = (self.now.0 - at.0) / Micros::SECOND;
        let amount = |s: i64| match s {
            s if s < 3_600 => format!("{} min", s / 60),
            s => format!("{} h", s / 3_600),
        };
        match seconds {
            -59..=59 => "just now".to_owned(),
            60..=86_399 => format!("{} ago", amount(seconds)),
            -86_399..=-60 => format!("in {}", amount(-seconds)),
            _ => self.short(at),
        }
    }

    /// The day as `2026-11-05`, for date fields.
    pub(crate) fn day(&self, at: Micros) -> String {
        self.zoned(at).date().to_string()
    }

    /// `2026-11-05T14:03`, for date-and-time fields.
    pub(crate) fn local(&self, at: Micros) -> String {
        self.zoned(at).strftime("%Y-%m-%dT%H:%M").to_string()
    }

    /// What a date-and-time field holds, as an instant.
    pub(crate) fn parse_local(&self, text: &str) -> Option<Micros> {
        let local: jiff::civil::DateTime = text.parse().ok()?;
        let at = self.zone.to_ambiguous_timestamp(local).compatible().ok()?;
        Some(Micros::from_timestamp(at))
    }

    /// The first instant of a day as `2026-11-05`.
    pub(crate) fn parse_day(&self, text: &str) -> Option<Micros> {
        let day: jiff::civil::Date = text.parse().ok()?;
        Some(Micros::from_timestamp(day.to_zoned(self.zone.clone()).ok()?.timestamp()))
    }

    /// A time that keeps itself up to date: relative, the exact instant on hover.
    pub(crate) fn ago(&self, at: Micros) -> Markup {
        html! { time datetime=(at) title=(self.exact(at)) data-ago { (self.relative(at)) } }
    }

    /// A time of day or date, the exact instant on hover.
    pub(crate) fn at(&self, at: Micros) -> Markup {
        html! { time datetime=(at) title=(self.exact(at)) { (self.short(at)) } }
    }
}

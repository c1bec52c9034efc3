//! Times in the organisation's zone, with its abbreviation.

use jiff::tz::TimeZone;
use model::Micros;

/// The organisation's wall clock.
#[derive(Debug, Clone)]
pub(crate) struct Clock {
    zone: TimeZone,
}

impl Clock {
    /// Of an IANA zone; a name nobody knows means UTC.
    pub(crate) fn new(zone: &str) -> Self {
        Self { zone: TimeZone::get(zone).unwrap_or(TimeZone::UTC) }
    }

    /// `20 Nov 18:32:07 IST`; with the year when it is another than that of `now`.
    pub(crate) fn at(&self, at: Micros, now: Micros) -> String {
        let zoned = |at: Micros| at.timestamp().to_zoned(self.zone.clone());
        let (at, now) = (zoned(at), zoned(now));
        let form = if at.year() == now.year() { "%-d %b %H:%M:%S %Z" } else { "%-d %b %Y %H:%M %Z" };
        at.strftime(form).to_string()
    }

    /// A time or a date as people type it: RFC 3339, `2026-11-20`, `2026-11-20T09:00`, or an age such as `7d`, `12h`,
    /// `30m`.
    pub(crate) fn parse(&self, text: &str, now: Micros) -> Option<Micros> {
        if let Ok(at) = text.parse::<jiff::Timestamp>() {
            return Some(Micros::from_timestamp(at));
        }
        if let Ok(local) = text.parse::<jiff::civil::DateTime>() {
            let at = self.zone.to_ambiguous_timestamp(local).compatible().ok()?;
            return Some(Micros::from_timestamp(at));
        }
        let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
        let seconds = match unit {
            "d" => 86_400,
            "h" => 3_600,
            "m" => 60,
            _ => return None,
        };
        Some(now.plus_seconds(-number.parse::<i64>().ok()?.checked_mul(seconds)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Micros {
        Micros::from_timestamp(text.parse().expect("a timestamp"))
    }

    #[test]
    fn times_name_their_zone() {
        let clock = Clock::new("Asia/Kolkata");
        let now = at("2026-11-20T13:02:07Z");
        assert_eq!(clock.at(now, now), "20 Nov 18:32:07 IST");
        assert_eq!(clock.at(at("2025-01-05T00:00:00Z"), now), "5 Jan 2025 05:30 IST");
        assert_eq!(Clock::new("no/where").at(now, now), "20 Nov 13:02:07 UTC");
    }

    #[test]
    fn people_type_times_in_many_ways() {
        let clock = Clock::new("Asia/Kolkata");
        let now = at("2026-11-20T13:00:00Z");
        assert_eq!(clock.parse("2026-11-20T05:30:00+05:30", now), Some(at("2026-11-20T00:00:00Z")));
        assert_eq!(clock.parse("2026-11-20", now), Some(at("2026-11-19T18:30:00Z")));
        assert_eq!(clock.parse("2026-11-20T09:00", now), Some(at("2026-11-20T03:30:00Z")));
        assert_eq!(clock.parse("1d", now), Some(at("2026-11-19T13:00:00Z")));
        assert_eq!(clock.parse("yesterday", now), None);
        assert_eq!(clock.parse("", now), None);
    }
}

//! Cells that are more than text: times, decimals, degrees, words.

use crate::text::key;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use model::{Micros, Urgency};

/// An instant as files write it: RFC 3339, ISO with or without offset, a serial date of a spreadsheet,
/// `DD/MM/YYYY HH:MM` with `/`, `-` or `.`. Without an offset it is read in `zone`.
pub(crate) fn instant(cell: &str, zone: &TimeZone, month_first: bool) -> Option<Micros> {
    let local = match iso(cell) {
        Some((local, Some(offset_seconds))) => {
            let utc = local.checked_sub(offset_seconds.seconds()).ok()?;
            return Some(Micros::from_timestamp(TimeZone::UTC.to_timestamp(utc).ok()?));
        }
        Some((local, None)) => local,
        None => match serial(cell).or_else(|| common(cell, month_first)) {
            Some(local) => local,
            None => return cell.parse::<Timestamp>().ok().map(Micros::from_timestamp),
        },
    };
    Some(Micros::from_timestamp(zone.to_timestamp(local).ok()?))
}

/// `2025-10-01`, `2025-10-01T00:15[:00[.5]]`, a blank for the T, and `Z`, `+05:30` or `+0530` behind it.
fn iso(cell: &str) -> Option<(DateTime, Option<i64>)> {
    let bytes = cell.as_bytes();
    if bytes.len() < 10 || !cell.is_ascii() || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let date = Date::new(two(bytes, 0)? as i16 * 100 + two(bytes, 2)? as i16, two(bytes, 5)?, two(bytes, 8)?)
        .ok()?;
    if bytes.len() == 10 {
        return Some((date.to_datetime(Time::midnight()), None));
    }
    if !matches!(bytes[10], b'T' | b't' | b' ') {
        return None;
    }
    let (time, rest) = clock(&cell[11..])?;
    Some((date.to_datetime(time), offset(rest.trim())?))
}

fn two(bytes: &[u8], at: usize) -> Option<i8> {
    match bytes.get(at..at + 2)? {
        [a @ b'0'..=b'9', b @ b'0'..=b'9'] => Some(((a - b'0') * 10 + b - b'0') as i8),
        _ => None,
    }
}

/// `09:15`, `09:15:30`, `09:15:30.25`; the rest of the text behind it.
fn clock(text: &str) -> Option<(Time, &str)> {
    let bytes = text.as_bytes();
    let (hour, mut at) = match (two(bytes, 0), bytes.first()) {
        (Some(hour), _) => (hour, 2),
        (None, Some(digit @ b'0'..=b'9')) => ((digit - b'0') as i8, 1),
        _ => return None,
    };
    if bytes.get(at) != Some(&b':') {
        return None;
    }
    let minute = two(bytes, at + 1)?;
    at += 3;
    let (mut second, mut nanos) = (0, 0);
    if bytes.get(at) == Some(&b':') {
        second = two(bytes, at + 1)?;
        at += 3;
        if bytes.get(at) == Some(&b'.') {
            let digits = bytes[at + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
            let fraction = &text[at + 1..at + 1 + digits.min(9)];
            nanos = format!("{fraction:0<9}").parse().ok()?;
            at += 1 + digits;
        }
    }
    Some((Time::new(hour, minute, second, nanos).ok()?, text.get(at..)?))
}

/// Outer `None`: not an offset. Inner `None`: none given.
fn offset(text: &str) -> Option<Option<i64>> {
    let bytes = text.as_bytes();
    let sign = match bytes.first() {
        None => return Some(None),
        Some(b'Z' | b'z') if bytes.len() == 1 => return Some(Some(0)),
        Some(b'+') => 1,
        Some(b'-') => -1,
        _ => return (text == "UTC" || text == "GMT").then_some(Some(0)),
    };
    let minutes = match bytes.len() {
        3 => 0,
        5 => two(bytes, 3)?,
        6 if bytes[3] == b':' => two(bytes, 4)?,
        _ => return None,
    };
    Some(Some(sign * (i64::from(two(bytes, 1)?) * 3600 + i64::from(minutes) * 60)))
}

/// A spreadsheet's day number in the 1900 system, of a plausible time (1954 to 2119).
pub(crate) fn serial(cell: &str) -> Option<DateTime> {
    let bytes = cell.as_bytes();
    if !(5..=20).contains(&bytes.len()) || !bytes.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.') {
        return None;
    }
    let days: f64 = cell.parse().ok()?;
    if !(20_000.0..80_000.0).contains(&days) {
        return None;
    }
    serial_days(days)
}

/// A day number of the 1900 system as a date and time, to the millisecond.
pub(crate) fn serial_days(days: f64) -> Option<DateTime> {
    if !(0.0..2_958_466.0).contains(&days) {
        return None;
    }
    // Day 60 is the 29th of February 1900, which never was; the epoch is one day earlier behind it.
    let epoch = if days < 60.0 { Date::constant(1899, 12, 31) } else { Date::constant(1899, 12, 30) };
    let millis = (days * 86_400_000.0).round() as i64;
    epoch.to_datetime(Time::midnight()).checked_add(millis.milliseconds()).ok()
}

/// `31/12/2025 18:30`, `1-2-2025`, `31.12.25`, with AM and PM.
fn common(cell: &str, month_first: bool) -> Option<DateTime> {
    let (date, time) = cell.split_once([' ', ',', 'T']).unwrap_or((cell, ""));
    let separator = date.chars().find(|c| !c.is_ascii_digit()).filter(|c| matches!(c, '/' | '-' | '.'))?;
    let mut parts = date.split(separator);
    let mut part = || parts.next().filter(|part| part.len() <= 4)?.parse::<i16>().ok();
    let (first, second, third) = (part()?, part()?, part()?);
    if parts.next().is_some() {
        return None;
    }
    let (year, month, day) = if first > 31 {
        (first, second, third)
    } else if first > 12 || (!month_first && second <= 12) {
        (third, second, first)
    } else {
        (third, first, second)
    };
    let year = if year < 100 { 2000 + year } else { year };
    let date = Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    let time = time.trim();
    if time.is_empty() {
        return Some(date.to_datetime(Time::midnight()));
    }
    let (time, rest) = clock(time)?;
    let hour = match (rest.trim().to_ascii_lowercase().replace('.', "").as_str(), time.hour()) {
        ("", hour) => hour,
        ("am", 12) => 0,
        ("pm", hour @ 1..=11) => hour + 12,
        ("am", hour @ 1..=11) | ("pm", hour @ 12) => hour,
        _ => return None,
    };
    Some(date.to_datetime(Time::new(hour, time.minute(), time.second(), time.subsec_nanosecond()).ok()?))
}

/// A decimal as people write it, in thousandths: `1123,50`, `R 1,000.00`, `1.234,5`, `₹12,34,567`. More than three
/// decimals are rounded. `None` when it is no number, or beyond 10¹² .
pub(crate) fn decimal(text: &str) -> Option<i64> {
    let text = text.trim();
    let negative = text.starts_with('-') || (text.starts_with('(') && text.ends_with(')'));
    let core = text.trim_matches(|c: char| !c.is_ascii_digit() && !(matches!(c, '.' | ',')));
    let around = text.len() - core.len();
    let core = core.trim_start_matches(['.', ',']);
    if !core.starts_with(|c: char| c.is_ascii_digit()) || around > 12 {
        return None;
    }
    let core: String = core.chars().filter(|c| !matches!(c, ' ' | '\'' | '\u{a0}' | '\u{202f}')).collect();
    if !core.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b',')) {
        return None;
    }
    let (whole, fraction) = match decimal_point(&core) {
        Some(at) => (&core[..at], &core[at + 1..]),
        None => (core.as_str(), ""),
    };
    let whole: i64 = whole.bytes().filter(u8::is_ascii_digit).try_fold(0i64, |all, digit| {
        all.checked_mul(10)?.checked_add(i64::from(digit - b'0')).filter(|all| *all <= 1_000_000_000_000)
    })?;
    let digit =
        |index: usize| fraction.as_bytes().get(index).map_or(0, |digit| i64::from(digit.wrapping_sub(b'0')));
    let thousandths = whole * 1000 + digit(0) * 100 + digit(1) * 10 + digit(2) + i64::from(digit(3) >= 5);
    Some(if negative { -thousandths } else { thousandths })
}

/// Where the decimal point stands: the last of `.` and `,` when both occur; a single one unless exactly three
/// digits follow a comma (`1,000`); several of one kind group thousands.
fn decimal_point(core: &str) -> Option<usize> {
    let (dot, comma) = (core.rfind('.'), core.rfind(','));
    match (dot, comma) {
        (Some(dot), Some(comma)) => Some(dot.max(comma)),
        (Some(at), None) => (core.matches('.').count() == 1).then_some(at),
        (None, Some(at)) => (core.matches(',').count() == 1 && core.len() - at - 1 != 3).then_some(at),
        (None, None) => None,
    }
}

/// Degrees within `±most`; a decimal comma is understood.
pub(crate) fn degrees(cell: &str, most: f64) -> Option<f64> {
    let value: f64 = cell.replace(',', ".").parse().ok()?;
    (value.is_finite() && value.abs() <= most).then_some(value)
}

/// low, normal, high, urgent, and the words other systems have for them.
pub(crate) fn parse_urgency(text: &str) -> Option<Urgency> {
    match key(text).as_str() {
        "low" | "cold" | "niedrig" | "baja" | "p4" => Some(Urgency::Low),
        "normal" | "medium" | "warm" | "mittel" | "media" | "p3" => Some(Urgency::Normal),
        "high" | "hot" | "hoch" | "alta" | "p2" => Some(Urgency::High),
        "urgent" | "veryhigh" | "critical" | "immediate" | "now" | "asap" | "dringend" | "urgente" | "p1" => {
            Some(Urgency::Urgent)
        }
        _ => None,
    }
}

/// Skills in lower case, sorted, without repeats.
pub(crate) fn skills<'a>(parts: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut skills: Vec<String> = parts
        .map(|part| crate::text::one_line(part).to_lowercase())
        .filter(|part| !part.is_empty())
        .collect();
    skills.sort();
    skills.dedup();
    skills
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_read_as_people_write_them() {
        let cases = [
            ("1123,50", 1_123_500),
            ("R 1,000.00", 1_000_000),
            ("1.234,5", 1_234_500),
            ("₹12,34,567", 1_234_567_000),
            ("1,000", 1_000_000),
            ("12.5", 12_500),
            ("-3", -3_000),
            ("7 500,25 €", 7_500_250),
            ("0.0005", 1),
        ];
        for (text, thousandths) in cases {
            assert_eq!(decimal(text), Some(thousandths), "{text}");
        }
        for text in ["", "about 5 or 6", "n/a", "1e9", "99999999999999"] {
            assert_eq!(decimal(text), None, "{text}");
        }
    }

    #[test]
    fn times_are_read_in_every_common_form() {
        let at = |text: &str| {
            instant(text, &TimeZone::get("Asia/Kolkata").unwrap(), false).map(|at| at.to_string())
        };
        for text in [
            "2025-10-01T00:15:00+05:30",
            "2025-10-01T00:15:00+0530",
            "2025-09-30T18:45:00Z",
            "2025-10-01 00:15:00",
            "2025-10-01 00:15",
            "01/10/2025 00:15",
            "1-10-2025 12:15 AM",
            "1.10.25 0:15",
        ] {
            assert_eq!(at(text).as_deref(), Some("2025-09-30T18:45:00Z"), "{text}");
        }
        assert_eq!(at("45931.5").as_deref(), Some("2025-10-01T06:30:00Z"));
        assert_eq!(at("13/25/2025"), None);
        assert_eq!(at("yesterday"), None);
    }

    #[test]
    fn americans_write_the_month_first_unless_it_cannot_be_one() {
        let at = |text: &str| instant(text, &TimeZone::UTC, true).map(|at| at.to_string());
        assert_eq!(at("03/04/2025").as_deref(), Some("2025-03-04T00:00:00Z"));
        assert_eq!(at("13/04/2025").as_deref(), Some("2025-04-13T00:00:00Z"));
    }
}

//! An agent: an employee who works leads (a CRE in Ather CRM).

use crate::words;
use jiff::civil::{Date, Time, Weekday};
use serde::{Deserialize, Serialize};

words! {
    /// Whether the agent is at work, as the agent says.
    Presence, "presence" {
        /// Takes leads.
        Online = "online",
        /// Does not.
        Away = "away",
    }
}

/// When an agent works, in its own time zone. No shifts at all means always.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Availability {
    /// IANA zone; `None`: the organisation's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// Weekly working hours; empty: round the clock.
    pub shifts: Vec<Shift>,
    /// Absences.
    pub leave: Vec<Leave>,
    /// Days off.
    pub holidays: Vec<Date>,
}

/// Working hours on some weekdays. `to` earlier than or equal to `from` ends on the next day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shift {
    /// The days the shift begins on.
    #[serde(with = "weekdays")]
    pub days: Vec<Weekday>,
    /// First minute, local.
    #[serde(with = "hhmm")]
    pub from: Time,
    /// First minute after, local.
    #[serde(with = "hhmm")]
    pub to: Time,
}

/// An absence, whole local days, both ends included.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leave {
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
}

/// What routing needs to know of an agent.
#[derive(Debug, Clone, PartialEq)]
pub struct AgentFacts {
    /// The agent's number in its organisation: 1, 2, …
    pub agent_no: i64,
    /// For sentences.
    pub name: String,
    /// Deactivated agents get nothing.
    pub active: bool,
    /// Online or away.
    pub presence: Presence,
    /// Lower case, sorted.
    pub skills: Vec<String>,
    /// Leads a local day; `None`: no limit.
    pub daily_cap: Option<i64>,
    /// Leads that are not final at one time; `None`: no limit.
    pub open_cap: Option<i64>,
    /// When it works.
    pub availability: Availability,
    /// The organisation's zone, used where the availability names none.
    pub default_timezone: std::sync::Arc<str>,
    /// Leads ever given in the organisation, any source, manual too, less hand-backs.
    pub total: i64,
    /// Leads it holds that are not final.
    pub open_count: i64,
    /// The local day `day_count` belongs to.
    pub day: Option<Date>,
    /// Leads given on `day`.
    pub day_count: i64,
}

mod hhmm {
    use jiff::civil::Time;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(time: &Time, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(&format_args!("{:02}:{:02}", time.hour(), time.minute()))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Time, D::Error> {
        let text = String::deserialize(d)?;
        if text == "24:00" {
            return Ok(Time::midnight());
        }
        Time::strptime("%H:%M", &text).map_err(|_| serde::de::Error::custom("expected a time like \"09:00\""))
    }
}

mod weekdays {
    use jiff::civil::Weekday;
    use serde::ser::SerializeSeq;
    use serde::{Deserialize, Deserializer, Serializer};

    const NAMES: [(&str, Weekday); 7] = [
        ("mon", Weekday::Monday),
        ("tue", Weekday::Tuesday),
        ("wed", Weekday::Wednesday),
        ("thu", Weekday::Thursday),
        ("fri", Weekday::Friday),
        ("sat", Weekday::Saturday),
        ("sun", Weekday::Sunday),
    ];

    pub(super) fn serialize<S: Serializer>(days: &[Weekday], s: S) -> Result<S::Ok, S::Error> {
        let mut seq = s.serialize_seq(Some(days.len()))?;
        for day in days {
            let name = NAMES.iter().find(|(_, d)| d == day).map_or("", |(name, _)| name);
            seq.serialize_element(name)?;
        }
        seq.end()
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<Weekday>, D::Error> {
        let names = Vec::<String>::deserialize(d)?;
        let day = |name: &String| {
            NAMES
                .iter()
                .find(|(n, _)| n.eq_ignore_ascii_case(name))
                .map(|(_, d)| *d)
                .ok_or_else(|| serde::de::Error::custom("expected days like \"mon\", \"tue\""))
        };
        names.iter().map(day).collect()
    }
}

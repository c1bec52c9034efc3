//! A source and its members, as the reports need them.

use model::{BacklogOrder, PolicyKind};
use serde::Serialize;

/// A source with its pool.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct SourceFacts {
    #[serde(skip)]
    pub(crate) source_no: i64,
    pub(crate) source: String,
    /// Auto-assign has a configuration.
    pub(crate) configured: bool,
    pub(crate) enabled: bool,
    pub(crate) policy: PolicyKind,
    pub(crate) order: BacklogOrder,
    pub(crate) leads: i64,
    pub(crate) waiting: i64,
    /// When a lead of it was last given out, RFC 3339.
    pub(crate) last_assigned_at: Option<model::Micros>,
    pub(crate) members: Vec<Member>,
    /// Names, NEXT first.
    pub(crate) next: Vec<String>,
}

/// An agent in a source's pool.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Member {
    #[serde(skip)]
    pub(crate) agent_no: i64,
    #[serde(rename = "agent")]
    pub(crate) name: String,
    pub(crate) weight: f64,
    /// Leads ever given, any source, less hand-backs.
    pub(crate) total: i64,
    /// Of those: out of this source.
    pub(crate) from_source: i64,
    pub(crate) available: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) why: Option<String>,
}

impl SourceFacts {
    /// Leads can be given out at all.
    pub(crate) fn is_on(&self) -> bool {
        self.configured && self.enabled
    }

    /// `on`, `off`, or `not set up`.
    pub(crate) fn state(&self) -> &'static str {
        match (self.configured, self.enabled) {
            (false, _) => "not set up",
            (true, false) => "off",
            (true, true) => "on",
        }
    }

    pub(crate) fn nobody_available(&self) -> bool {
        !self.members.iter().any(|member| member.available)
    }
}

#[cfg(test)]
pub(crate) mod sample {
    use super::*;

    pub(crate) fn member(agent_no: i64, name: &str, weight: f64, total: i64) -> Member {
        Member { agent_no, name: name.into(), weight, total, from_source: total, available: true, why: None }
    }

    pub(crate) fn meta() -> SourceFacts {
        let away = Member {
            available: false,
            why: Some("on leave until 2026-12-03".into()),
            ..member(3, "Chitra Rao", 1.0, 4)
        };
        SourceFacts {
            source_no: 1,
            source: "META".into(),
            configured: true,
            enabled: true,
            policy: PolicyKind::Fair,
            order: BacklogOrder::Oldest,
            leads: 48,
            waiting: 20,
            last_assigned_at: Some(model::Micros(1_795_000_000_000_000)),
            members: vec![member(1, "Asha Nair", 1.0, 12), member(2, "Bilal Khan", 1.0, 12), away],
            next: vec!["Asha Nair".into(), "Bilal Khan".into()],
        }
    }
}

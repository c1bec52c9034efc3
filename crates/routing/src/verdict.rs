//! Why an agent can, or cannot, be given a lead.

use model::{AgentFacts, LeadNeeds};

/// One agent's verdict on one lead. The codes are stored in the database for ever: never renumber, only append.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Verdict {
    /// Could be given the lead.
    Eligible = 0,
    /// Not in the pool's configuration (any more).
    Removed = 1,
    /// Deactivated.
    Inactive = 2,
    /// Said to be away.
    Away = 3,
    /// Outside its shifts.
    OffShift = 4,
    /// Has the local day off.
    Holiday = 5,
    /// On leave.
    OnLeave = 6,
    /// Has had its leads of the local day.
    DailyCap = 7,
    /// Holds as many open leads as it may.
    OpenCap = 8,
    /// Lacks a skill the lead needs.
    MissingSkill = 9,
    /// Gave this lead back.
    HandedBack = 10,
}

impl Verdict {
    /// Every verdict, by code.
    pub const ALL: &'static [Verdict] = &[
        Verdict::Eligible,
        Verdict::Removed,
        Verdict::Inactive,
        Verdict::Away,
        Verdict::OffShift,
        Verdict::Holiday,
        Verdict::OnLeave,
        Verdict::DailyCap,
        Verdict::OpenCap,
        Verdict::MissingSkill,
        Verdict::HandedBack,
    ];

    /// The byte that is stored.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The verdict a stored byte stands for.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.get(usize::from(code)).copied()
    }

    /// Could be given the lead.
    pub const fn is_eligible(self) -> bool {
        matches!(self, Self::Eligible)
    }

    /// Stable reason code of the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Eligible => "eligible",
            Self::Removed => "removed",
            Self::Inactive => "inactive",
            Self::Away => "away",
            Self::OffShift => "off_shift",
            Self::Holiday => "holiday",
            Self::OnLeave => "on_leave",
            Self::DailyCap => "daily_cap",
            Self::OpenCap => "open_cap",
            Self::MissingSkill => "missing_skill",
            Self::HandedBack => "handed_back",
        }
    }

    /// In plain words, fit to follow "could not: ".
    pub const fn words(self) -> &'static str {
        match self {
            Self::Eligible => "could take the lead",
            Self::Removed => "not in the pool",
            Self::Inactive => "deactivated",
            Self::Away => "away",
            Self::OffShift => "outside working hours",
            Self::Holiday => "on holiday",
            Self::OnLeave => "on leave",
            Self::DailyCap => "daily limit reached",
            Self::OpenCap => "too many open leads",
            Self::MissingSkill => "lacks a skill the lead needs",
            Self::HandedBack => "gave this lead back",
        }
    }
}

/// The reason code as a word.
impl serde::Serialize for Verdict {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.word())
    }
}

/// The verdict on one lead.
pub fn verdict(readiness: Verdict, agent: &AgentFacts, needs: &LeadNeeds) -> Verdict {
    settle(readiness, needs.skip_agent == Some(agent.agent_no), has_skills(agent, &needs.skills))
}

/// Which reason is told when there are several. What waiting cannot cure comes first: an agent that is away and lacks
/// the skill lacks the skill.
pub(crate) const fn settle(readiness: Verdict, gave_back: bool, skilled: bool) -> Verdict {
    match readiness {
        Verdict::Removed | Verdict::Inactive => readiness,
        _ if gave_back => Verdict::HandedBack,
        _ if !skilled => Verdict::MissingSkill,
        _ => readiness,
    }
}

/// The agent has every one of the skills.
pub(crate) fn has_skills(agent: &AgentFacts, skills: &[String]) -> bool {
    skills.iter().all(|skill| agent.skills.binary_search(skill).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_stored_for_ever() {
        for (code, verdict) in Verdict::ALL.iter().enumerate() {
            assert_eq!(usize::from(verdict.code()), code);
            assert_eq!(Verdict::from_code(verdict.code()), Some(*verdict));
        }
        assert_eq!(Verdict::from_code(11), None);
        assert_eq!(Verdict::MissingSkill.code(), 9);
    }
}

//! Who asks for a change, and how much of the organisation they may touch.

use model::OrgId;

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct By {
    /// The tenant.
    pub org: OrgId,
    /// For the history: `user_…`, or `system`.
    pub actor: String,
    /// What may be touched.
    pub scope: Scope,
}

/// Whose leads may be touched; others do not exist for the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Everybody's.
    All,
    /// One agent's own.
    Agent(i64),
    /// None at all (an agent's user without an agent).
    Nothing,
}

impl By {
    /// Fairlead itself: jobs.
    pub fn system(org: OrgId) -> Self {
        Self { org, actor: "system".to_owned(), scope: Scope::All }
    }
}

impl Scope {
    /// Whether a lead of this agent may be seen and touched.
    pub fn covers(self, agent_no: Option<i64>) -> bool {
        match self {
            Self::All => true,
            Self::Agent(own) => agent_no == Some(own),
            Self::Nothing => false,
        }
    }
}

//! An assignment: a lead given to an agent, and why.

use crate::words;

words! {
    /// How the agent was chosen.
    Method, "method" {
        /// By policy `fair`.
        Fair = "fair",
        /// By policy `round_robin`.
        RoundRobin = "round_robin",
        /// By policy `fewest`.
        Fewest = "fewest",
        /// By a person.
        Manual = "manual",
    }
}

impl From<crate::PolicyKind> for Method {
    fn from(policy: crate::PolicyKind) -> Self {
        match policy {
            crate::PolicyKind::Fair => Self::Fair,
            crate::PolicyKind::RoundRobin => Self::RoundRobin,
            crate::PolicyKind::Fewest => Self::Fewest,
        }
    }
}

words! {
    /// What made the assignment happen.
    Trigger, "trigger" {
        /// The lead was created.
        Create = "create",
        /// An import.
        Import = "import",
        /// A configuration was saved.
        Save = "save",
        /// "Run now".
        Run = "run",
        /// Somebody became eligible, or the safety net found waiting leads.
        Sweep = "sweep",
        /// A person chose.
        Manual = "manual",
    }
}

words! {
    /// What kind of step a pool's sequence number names.
    StepKind, "step kind" {
        /// The policy picked.
        Pick = "pick",
        /// A person picked.
        Manual = "manual",
        /// The agent gave the lead back.
        HandBack = "hand_back",
    }
}

//! What a replay tells of a decision: numbers for programs, sentences for people.

use crate::replay::{ConfigMember, Step};
use crate::{RULE_VERSION, Rule, Verdict};
use model::assignment::StepKind;
use model::{Credit, PolicyKind};
use serde::Serialize;

/// Why a lead went where it went. Credits and shares are in leads, rounded to 10⁻⁶.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// The step's number in its pool.
    pub seq: i64,
    /// What kind of step.
    pub kind: StepKind,
    /// The version of the rules.
    pub rule_version: i64,
    /// The version of the pool's configuration.
    pub config_version: i64,
    /// How the pool chose.
    pub policy: PolicyKind,
    /// The rule that settled it.
    pub rule: Rule,
    /// The rule in words.
    pub rule_words: &'static str,
    /// The lead's shares were dealt before, when it was first given.
    pub share_paid: bool,
    /// `fair`: the credit from which on a member may be picked by deadline, 1/(2n − 2).
    pub threshold: f64,
    /// The agent that got the lead, or gave it back; `None`: one outside the pool.
    pub agent_no: Option<i64>,
    /// Everybody in the pool's configuration, by slot.
    pub members: Vec<MemberExplanation>,
}

/// One member in an explained decision.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MemberExplanation {
    /// Its slot.
    pub slot: usize,
    /// The agent's number.
    pub agent_no: i64,
    /// The agent's name.
    pub name: String,
    /// Could be given the lead.
    pub eligible: bool,
    /// The reason code: `eligible`, or why not.
    pub reason: Verdict,
    /// The reason in words.
    pub reason_words: &'static str,
    /// Its weight.
    pub weight: f64,
    /// What the lead added to its credit.
    pub share: f64,
    /// Its credit before the lead.
    pub credit_before: f64,
    /// Its credit with its share of the lead: what was compared.
    pub credit_with_share: f64,
    /// Its credit afterwards.
    pub credit_after: f64,
    /// `fair`: in how many leads it would be owed more than the bound; only for those who reach
    /// the threshold; below zero it is overdue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deadline: Option<f64>,
    /// `fewest`: leads it had been given before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_before: Option<i64>,
    /// It got the lead (or gave it back).
    pub picked: bool,
}

/// The exact numbers of one member, as a replay finds them.
pub(crate) struct MemberShare {
    pub(crate) member: ConfigMember,
    pub(crate) verdict: Verdict,
    pub(crate) share: i64,
    pub(crate) before: i64,
    pub(crate) after: i64,
    pub(crate) total: Option<i64>,
    pub(crate) picked: bool,
}

impl Explanation {
    pub(crate) fn new(
        step: &Step<'_>,
        rule: Rule,
        threshold: i64,
        total_weight: i64,
        members: Vec<MemberShare>,
    ) -> Self {
        let picked = members.iter().find(|member| member.picked).map(|member| member.member.agent_no);
        let by_deadline = step.kind == StepKind::Pick && step.config.policy == PolicyKind::Fair;
        let scale = by_deadline.then_some(Scale { threshold, total_weight });
        Self {
            seq: step.seq,
            kind: step.kind,
            rule_version: RULE_VERSION,
            config_version: step.config.version,
            policy: step.config.policy,
            rule,
            rule_words: rule.words(),
            share_paid: step.share_paid,
            threshold: leads(threshold),
            agent_no: picked,
            members: members.into_iter().map(|member| member.explained(scale)).collect(),
        }
    }

    /// In plain English: who got the lead and why, then who could not.
    pub fn sentences(&self) -> Vec<String> {
        let mut sentences = vec![self.headline()];
        if let Some(winner) = self.members.iter().find(|member| member.picked) {
            sentences.extend(self.numbers(winner));
        }
        if self.kind == StepKind::HandBack {
            return sentences;
        }
        let (able, unable): (Vec<_>, Vec<_>) =
            self.members.iter().filter(|member| !member.picked).partition(|member| member.eligible);
        sentences.extend(able.into_iter().map(|member| self.runner_up(member)));
        sentences.extend(
            unable.iter().map(|member| format!("{} could not: {}.", member.name, member.reason_words)),
        );
        sentences
    }

    fn headline(&self) -> String {
        let name = self.members.iter().find(|member| member.picked).map(|member| member.name.as_str());
        let name = name.unwrap_or("An agent outside the pool");
        match self.rule {
            Rule::Overdue => {
                format!("{name} got the lead: the turn could not wait, and nobody was owed more.")
            }
            Rule::EarliestDeadline => format!("{name} got the lead: the turn was due first."),
            Rule::LargestCredit => {
                format!("{name} got the lead: nobody's turn was due, and {name} was owed most.")
            }
            Rule::FewestLeads => format!("{name} got the lead: fewest leads so far."),
            Rule::NextInTurn => format!("{name} got the lead: next in turn."),
            Rule::ChosenByPerson => format!("{name} got the lead: chosen by a person."),
            Rule::HandedBack => format!("{name} gave the lead back."),
        }
    }

    fn numbers(&self, winner: &MemberExplanation) -> Option<String> {
        let name = &winner.name;
        Some(match self.rule {
            Rule::Overdue | Rule::EarliestDeadline | Rule::LargestCredit => format!(
                "{name} was {} with the share of this lead ({:.2}), and is {} now.",
                owed(winner.credit_with_share),
                winner.share,
                owed(winner.credit_after)
            ),
            Rule::FewestLeads => format!("{name} had been given {} before.", counted(winner.total_before?)),
            Rule::HandedBack => {
                format!(
                    "{name} is {} now; the lead's next assignment deals no shares.",
                    owed(winner.credit_after)
                )
            }
            Rule::NextInTurn => return None,
            Rule::ChosenByPerson => {
                format!("It counts as a turn: {name} is {} now.", owed(winner.credit_after))
            }
        })
    }

    fn runner_up(&self, member: &MemberExplanation) -> String {
        let name = &member.name;
        match (self.rule, member.deadline, member.total_before) {
            (Rule::EarliestDeadline, Some(deadline), _) => format!(
                "{name} could have, but was due later: {}, to be picked within {deadline:.1} leads.",
                owed(member.credit_with_share)
            ),
            (Rule::EarliestDeadline, None, _) => format!(
                "{name} could have, but was not due yet: {}, due from {:.2} on.",
                owed(member.credit_with_share),
                self.threshold
            ),
            (Rule::Overdue | Rule::LargestCredit, ..) => {
                format!("{name} could have, but was {}.", owed(member.credit_with_share))
            }
            (Rule::FewestLeads, _, Some(total)) => {
                format!("{name} could have, but had been given {} before.", counted(total))
            }
            _ => format!("{name} could have."),
        }
    }
}

#[derive(Clone, Copy)]
struct Scale {
    threshold: i64,
    total_weight: i64,
}

impl MemberShare {
    fn explained(self, scale: Option<Scale>) -> MemberExplanation {
        let with_share = self.before + self.share;
        let weight = self.member.weight;
        let eligible = self.verdict.is_eligible();
        let due = |scale: &Scale| eligible && with_share >= scale.threshold - crate::shares::SLACK;
        let deadline = scale.filter(due).map(|scale| {
            let rest = leads(Credit::LEAD - scale.threshold - with_share);
            rounded(rest * scale.total_weight as f64 / weight.thousandths() as f64)
        });
        MemberExplanation {
            slot: self.member.slot,
            agent_no: self.member.agent_no,
            name: self.member.name,
            eligible,
            reason: self.verdict,
            reason_words: self.verdict.words(),
            weight: weight.decimal(),
            share: leads(self.share),
            credit_before: leads(self.before),
            credit_with_share: leads(with_share),
            credit_after: leads(self.after),
            deadline,
            total_before: self.total,
            picked: self.picked,
        }
    }
}

fn leads(units: i64) -> f64 {
    rounded(Credit(units).leads())
}

/// To 10⁻⁶, without a negative zero.
fn rounded(number: f64) -> f64 {
    (number * 1e6).round() / 1e6 + 0.0
}

fn owed(credit: f64) -> String {
    if credit.abs() < 0.005 {
        "even".to_owned()
    } else if credit > 0.0 {
        format!("owed {credit:.2} of a lead")
    } else {
        format!("{:.2} of a lead ahead", -credit)
    }
}

fn counted(leads: i64) -> String {
    if leads == 1 { "1 lead".to_owned() } else { format!("{leads} leads") }
}

//! Numbering plans: one DFA per country code, built from the patterns the `phonenumber` crate ships.

use phonenumber::Type;
use phonenumber::metadata::{DATABASE, Metadata};
use regex_automata::dfa::{Automaton, StartKind, dense};
use regex_automata::util::{primitives::StateID, start, syntax};
use regex_automata::{Anchored, MatchKind, meta};
use std::sync::OnceLock;

const CODES: usize = 1_000;
/// The largest plan (`+1`, 25 regions) takes 100 kB, all of them together 1.6 MB; building one never takes more.
const DFA_LIMIT: usize = 4 << 20;

const TYPES: [Type; 10] = [
    Type::FixedLine,
    Type::Mobile,
    Type::TollFree,
    Type::PremiumRate,
    Type::SharedCost,
    Type::Voip,
    Type::PersonalNumber,
    Type::Pager,
    Type::Uan,
    Type::Voicemail,
];

/// The plan of one country code: all regions that share it.
pub(super) struct Plan {
    pub(super) code: u16,
    pub(super) regions: Vec<Region>,
    dfa: dense::DFA<Vec<u32>>,
    start: StateID,
    patterns: Vec<Pattern>,
    /// Regions told apart by leading digits, as bits.
    led: u64,
}

/// What numbers look like in one region of a plan.
pub(super) struct Region {
    id: String,
    /// How an international number begins when dialled here (`00`).
    pub(super) idd: Option<Prefix>,
    /// What is put before a national number (`0`).
    pub(super) trunk: Option<Prefix>,
    /// What the trunk prefix is replaced by, where it is not just dropped.
    pub(super) transform: Option<String>,
    /// Lengths of a full national number, as bits.
    pub(super) lengths: u32,
    /// Lengths that only work locally, as bits.
    pub(super) local: u32,
}

/// A region and the plan it belongs to.
#[derive(Clone, Copy)]
pub(super) struct Home {
    pub(super) plan: &'static Plan,
    pub(super) index: usize,
}

/// A pattern for how a number may begin, and the digits with which a match can begin at all.
pub(super) struct Prefix {
    pub(super) regex: meta::Regex,
    first: u16,
}

#[derive(Clone, Copy)]
enum Kind {
    General,
    Type,
    Leading,
}

struct Pattern {
    region: u8,
    kind: Kind,
    lengths: u32,
}

/// Which regions of a plan say what of a national number, as bits.
#[derive(Clone, Copy, Default)]
pub(super) struct Verdict {
    general: u64,
    typed: u64,
    leading: u64,
    led: u64,
    alone: bool,
}

impl Verdict {
    /// The number fits the region's overall shape.
    pub(super) fn viable_in(self, region: usize) -> bool {
        self.general >> region & 1 == 1
    }

    /// The number is of a known type in the region it belongs to.
    pub(super) fn valid(self) -> bool {
        let known = self.general & self.typed;
        if self.alone {
            return known & 1 == 1;
        }
        // The first region that claims the number decides: by its leading digits if it has some, else by type.
        let claims = (self.leading & self.led) | (known & !self.led);
        claims != 0 && known >> claims.trailing_zeros() & 1 == 1
    }
}

impl Prefix {
    /// A match may begin with this digit. Cheap; the pattern itself is asked only then.
    pub(super) fn may_begin(&self, digits: &[u8]) -> bool {
        digits.first().is_some_and(|digit| self.first >> (digit - b'0') & 1 == 1)
    }

    fn new(pattern: &str) -> Option<Self> {
        let config = meta::Config::new().hybrid(false).dfa(false).nfa_size_limit(Some(1 << 20));
        let regex = meta::Regex::builder()
            .configure(config)
            .syntax(syntax())
            .build(&format!("^(?:{pattern})"))
            .ok()?;
        let dfa = dense::Builder::new()
            .syntax(syntax())
            .configure(dense::Config::new().start_kind(StartKind::Anchored).dfa_size_limit(Some(1 << 20)))
            .build(&format!("^(?:{pattern})"))
            .ok()?;
        let start = dfa.start_state(&start::Config::new().anchored(Anchored::Yes)).ok()?;
        let first = (0..10u8)
            .filter(|digit| !dfa.is_dead_state(dfa.next_state(start, b'0' + digit)))
            .fold(0, |bits, digit| bits | 1 << digit);
        Some(Self { regex, first })
    }
}

impl Plan {
    /// What the plan says of a national number.
    pub(super) fn judge(&self, national: &[u8]) -> Verdict {
        let mut verdict = Verdict { led: self.led, alone: self.regions.len() == 1, ..Verdict::default() };
        let mut state = self.start;
        for &digit in national {
            state = self.dfa.next_state(state, digit);
            if self.dfa.is_dead_state(state) {
                return verdict;
            }
        }
        state = self.dfa.next_eoi_state(state);
        if !self.dfa.is_match_state(state) {
            return verdict;
        }
        let length = 1u32.checked_shl(national.len() as u32).unwrap_or(0);
        for index in 0..self.dfa.match_len(state) {
            let pattern = &self.patterns[self.dfa.match_pattern(state, index).as_usize()];
            let bit = 1u64 << pattern.region;
            match pattern.kind {
                Kind::Leading => verdict.leading |= bit,
                _ if pattern.lengths & length == 0 => {}
                Kind::General => verdict.general |= bit,
                Kind::Type => verdict.typed |= bit,
            }
        }
        verdict
    }

    fn build(code: u16) -> Option<Self> {
        let metas = DATABASE.by_code(&code)?;
        let (mut texts, mut patterns, mut regions, mut led) = (Vec::new(), Vec::new(), Vec::new(), 0);
        for (index, meta) in metas.iter().enumerate().take(64) {
            let region = Region::build(meta);
            let mut add = |text: String, kind, lengths| {
                texts.push(text);
                patterns.push(Pattern { region: index as u8, kind, lengths });
            };
            let general = meta.descriptors().general().national_number().as_str();
            add(format!("^(?:{general})$"), Kind::General, region.lengths);
            for kind in TYPES {
                if let Some(desc) = meta.descriptors().get(kind) {
                    let text = format!("^(?:{})$", desc.national_number().as_str());
                    add(text, Kind::Type, bits_or_any(desc.possible_length()));
                }
            }
            if let Some(leading) = meta.leading_digits() {
                add(format!("^(?:{})[0-9]*$", leading.as_str()), Kind::Leading, u32::MAX);
                led |= 1 << index;
            }
            regions.push(region);
        }
        let config = dense::Config::new()
            .start_kind(StartKind::Anchored)
            .match_kind(MatchKind::All)
            .minimize(false)
            .dfa_size_limit(Some(DFA_LIMIT))
            .determinize_size_limit(Some(DFA_LIMIT * 2));
        let dfa = dense::Builder::new().syntax(syntax()).configure(config).build_many(&texts).ok()?;
        let start = dfa.start_state(&start::Config::new().anchored(Anchored::Yes)).ok()?;
        Some(Self { code, regions, dfa, start, patterns, led })
    }
}

impl Region {
    fn build(meta: &Metadata) -> Self {
        let descs = || TYPES.iter().filter_map(|kind| meta.descriptors().get(*kind));
        let lengths = descs().fold(0, |all, desc| all | bits(desc.possible_length()));
        let local = descs().fold(0, |all, desc| all | bits(desc.possible_local_length())) & !lengths;
        let trunk = meta.national_prefix_for_parsing().map(|regex| regex.as_str()).or(meta.national_prefix());
        Self {
            id: meta.id().to_owned(),
            idd: meta.international_prefix().and_then(|regex| Prefix::new(regex.as_str())),
            trunk: trunk.and_then(Prefix::new),
            transform: meta.national_prefix_transform_rule().map(str::to_owned),
            lengths: if lengths == 0 { u32::MAX } else { lengths },
            local,
        }
    }
}

fn syntax() -> syntax::Config {
    syntax::Config::new().unicode(false).utf8(false).ignore_whitespace(true)
}

fn bits(lengths: &[u16]) -> u32 {
    lengths.iter().filter(|length| **length < 32).fold(0, |all, length| all | 1 << length)
}

fn bits_or_any(lengths: &[u16]) -> u32 {
    if lengths.is_empty() { u32::MAX } else { bits(lengths) }
}

/// The plan of a country code, built when first asked for.
pub(super) fn plan(code: u16) -> Option<&'static Plan> {
    static PLANS: [OnceLock<Option<Box<Plan>>>; CODES] = [const { OnceLock::new() }; CODES];
    PLANS.get(usize::from(code))?.get_or_init(|| Plan::build(code).map(Box::new)).as_deref()
}

/// The country code is in use.
pub(super) fn is_code(code: u16) -> bool {
    static KNOWN: OnceLock<Vec<bool>> = OnceLock::new();
    let known = KNOWN.get_or_init(|| {
        (0..CODES as u16).map(|code| code != 0 && DATABASE.region(&code).is_some()).collect()
    });
    known.get(usize::from(code)).copied().unwrap_or(false)
}

/// The first region of a country code.
pub(super) fn main_region(code: u16) -> Option<Home> {
    plan(code).map(|plan| Home { plan, index: 0 })
}

/// A region by its two letters, any case.
pub(super) fn region(id: &str) -> Option<Home> {
    static HOMES: [OnceLock<Option<Home>>; 676] = [const { OnceLock::new() }; 676];
    let [first, second] = *id.as_bytes() else { return None };
    let letter = |byte: u8| byte.is_ascii_alphabetic().then(|| usize::from(byte.to_ascii_uppercase() - b'A'));
    *HOMES[letter(first)? * 26 + letter(second)?].get_or_init(|| {
        let id = id.to_ascii_uppercase();
        let plan = plan(DATABASE.by_id(&id)?.country_code())?;
        let index = plan.regions.iter().position(|region| region.id == id)?;
        Some(Home { plan, index })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_country_code_has_a_plan_and_plans_are_small() {
        let plans: Vec<_> =
            (1..CODES as u16).filter(|code| is_code(*code)).map(|code| (code, plan(code))).collect();
        assert!(plans.len() > 200);
        let size = |code: u16| plan(code).map_or(usize::MAX, |plan| plan.dfa.memory_usage());
        assert!(plans.iter().all(|(_, plan)| plan.is_some()));
        assert!([91, 27, 44, 49, 971, 254].into_iter().map(size).sum::<usize>() < 2 << 20);
        assert!(size(1) < 2 << 20, "{}", size(1));
        println!("{:?}", [91, 27, 44, 49, 1, 971, 254].map(|code| (code, size(code))));
        println!("all: {}", plans.iter().map(|(code, _)| size(*code)).sum::<usize>());
    }
}

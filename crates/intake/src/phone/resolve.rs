//! From digits to E.164: which country, which national number, and whether it is one. Follows the order of steps
//! of libphonenumber's `parseHelper`, so that its edge cases come out the same.

use super::PhoneError;
use super::plan::{Home, Plan, Region, Verdict, is_code, main_region};
use super::text::Digits;
use model::E164;
use regex_automata::{Input, util::captures::Captures};

/// Finds country and national number behind the digits and checks them against the country's plan.
pub(super) fn resolve(digits: &Digits, home: Option<Home>) -> Result<E164, PhoneError> {
    let all = digits.as_slice();
    let (home, national) = match international(digits.plus, all, home)? {
        Some((code, rest)) => (in_country(code, home).ok_or(PhoneError::NoSuchCountryCode)?, rest),
        None => {
            let home = home.ok_or(PhoneError::UnknownRegion)?;
            (home, without_repeated_code(all, home))
        }
    };
    let stripped = strip_trunk(national, home);
    let national = match length(stripped.as_slice().len(), region(home)) {
        Length::Possible | Length::TooLong => stripped.as_slice(),
        Length::TooShort | Length::Local | Length::Odd => national,
    };
    if !home.plan.judge(national).valid() {
        return Err(reason(national.len(), region(home)));
    }
    e164(home.plan, national)
}

fn region(home: Home) -> &'static Region {
    &home.plan.regions[home.index]
}

/// The region whose rules read a number with this country code: the default one if it is its code's first.
fn in_country(code: u16, home: Option<Home>) -> Option<Home> {
    match home {
        Some(home) if home.plan.code == code && home.index == 0 => Some(home),
        _ => main_region(code),
    }
}

/// Country code and rest, when the number says that it is international (`+`, or the default region's `00`).
fn international(plus: bool, all: &[u8], home: Option<Home>) -> Result<Option<(u16, &[u8])>, PhoneError> {
    let rest = if plus {
        all
    } else {
        match home.and_then(|home| region(home).idd.as_ref()).filter(|idd| idd.may_begin(all)) {
            Some(idd) => match idd.regex.find(Input::new(all)) {
                Some(found) if all.get(found.end()) != Some(&b'0') => &all[found.end()..],
                _ => return Ok(None),
            },
            None => return Ok(None),
        }
    };
    if rest.len() <= 2 {
        return Err(PhoneError::TooShort);
    }
    if let Some(found) = country_code(rest) {
        return Ok(Some(found));
    }
    if plus {
        // `+0091…` and `+098…`: people put a + before whatever they dial.
        return match international(false, rest, home)? {
            Some(found) => Ok(Some(found)),
            None => repeated_code(rest, home).map(Some).ok_or(PhoneError::NoSuchCountryCode),
        };
    }
    Err(PhoneError::NoSuchCountryCode)
}

fn country_code(digits: &[u8]) -> Option<(u16, &[u8])> {
    let mut code = 0;
    for (index, digit) in digits.iter().take(3).enumerate() {
        code = code * 10 + u16::from(digit - b'0');
        if is_code(code) {
            return Some((code, &digits[index + 1..]));
        }
    }
    None
}

fn without_repeated_code(all: &[u8], home: Home) -> &[u8] {
    repeated_code(all, Some(home)).map_or(all, |(_, rest)| rest)
}

/// `919876543210` read in India: the country code is there, only the `+` is missing. True when the digits make
/// no number as they stand, but do without the code (or are too long as they stand).
fn repeated_code(all: &[u8], home: Option<Home>) -> Option<(u16, &[u8])> {
    let home = home?;
    let (code, rest) = country_code(all).filter(|(code, _)| *code == home.plan.code)?;
    let fits = |number: &[u8]| judge(number, home).viable_in(home.index);
    let wanted = !fits(all) && fits(strip_trunk(rest, home).as_slice());
    (wanted || length(all.len(), region(home)) == Length::TooLong).then_some((code, rest))
}

fn judge(number: &[u8], home: Home) -> Verdict {
    home.plan.judge(number)
}

/// A national number, borrowed or rewritten.
enum National<'a> {
    Same(&'a [u8]),
    Rewritten(Vec<u8>),
}

impl National<'_> {
    fn as_slice(&self) -> &[u8] {
        match self {
            National::Same(digits) => digits,
            National::Rewritten(digits) => digits,
        }
    }
}

/// Takes the trunk prefix (`0`) off, unless the number is fine with it and not without it.
fn strip_trunk<'a>(number: &'a [u8], home: Home) -> National<'a> {
    let same = National::Same(number);
    let rules = region(home);
    let Some(trunk) = rules.trunk.as_ref().filter(|trunk| trunk.may_begin(number)) else { return same };
    let mut groups = trunk.regex.create_captures();
    trunk.regex.captures(Input::new(number), &mut groups);
    let Some(found) = groups.get_match() else { return same };
    let stripped = match &rules.transform {
        Some(transform) if groups.get_group(groups.group_len() - 1).is_some() => {
            National::Rewritten(rewrite(number, &groups, found.end(), transform))
        }
        _ => National::Same(&number[found.end()..]),
    };
    let fits = |number: &[u8]| judge(number, home).viable_in(home.index);
    if fits(number) && !fits(stripped.as_slice()) { same } else { stripped }
}

/// `$1`, `$2` … of the transform rule are groups of the match; the rest of the number follows.
fn rewrite(number: &[u8], groups: &Captures, end: usize, transform: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(number.len() + 4);
    let mut rule = transform.bytes();
    while let Some(byte) = rule.next() {
        if byte == b'$' {
            let group = rule.next().map_or(0, |digit| usize::from(digit.wrapping_sub(b'0')));
            out.extend(groups.get_group(group).map_or(&[][..], |span| &number[span.range()]));
        } else {
            out.push(byte);
        }
    }
    out.extend_from_slice(&number[end..]);
    out.retain(u8::is_ascii_digit);
    out
}

#[derive(PartialEq, Eq)]
enum Length {
    Possible,
    Local,
    TooShort,
    TooLong,
    Odd,
}

fn length(length: usize, region: &Region) -> Length {
    let bit = if length < 32 { 1u32 << length } else { 0 };
    if region.local & bit != 0 {
        Length::Local
    } else if region.lengths & bit != 0 {
        Length::Possible
    } else if bit == 0 || bit > region.lengths {
        Length::TooLong
    } else if bit < region.lengths & region.lengths.wrapping_neg() {
        Length::TooShort
    } else {
        Length::Odd
    }
}

fn reason(digits: usize, region: &Region) -> PhoneError {
    match length(digits, region) {
        Length::TooShort | Length::Local => PhoneError::TooShort,
        Length::TooLong => PhoneError::TooLong,
        Length::Possible | Length::Odd => PhoneError::NotAssigned,
    }
}

fn e164(plan: &Plan, national: &[u8]) -> Result<E164, PhoneError> {
    if national.len() > 14 {
        return Err(PhoneError::TooLong);
    }
    let number = national.iter().fold(u64::from(plan.code), |all, digit| all * 10 + u64::from(digit - b'0'));
    E164::from_digits(number).ok_or(if number < 1_000_000 {
        PhoneError::TooShort
    } else {
        PhoneError::TooLong
    })
}

//! Phone numbers: any way people write them, to E.164, with the rules of libphonenumber.
//!
//! The numbering plans are those the `phonenumber` crate ships. Its own parser is not used: it takes 3–8 µs a
//! number and differs from libphonenumber in places (it strips national prefixes twice and matches patterns by
//! their beginning only). Here the plans become one DFA per country code, built when the code is first seen, so a
//! number costs well under a microsecond. Plain shapes (digits, blanks, hyphens, brackets, a leading `+`) go
//! straight to the plan; everything else is cleaned first (`text`). A test holds both ways to the same answer.

mod plan;
mod resolve;
mod text;

use model::E164;
use text::Digits;

/// Why a text is not a phone number. Never holds the text itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum PhoneError {
    /// Nothing but blanks.
    #[error("empty")]
    Empty,
    /// Not enough digits in it, or characters no phone number has.
    #[error("not a phone number")]
    NotANumber,
    /// Fewer digits than any number of its country.
    #[error("too short")]
    TooShort,
    /// More digits than any number of its country.
    #[error("too long")]
    TooLong,
    /// The right length perhaps, but in no range the country has opened.
    #[error("not a number in use in its country")]
    NotAssigned,
    /// `+` or `00` and no country code behind it.
    #[error("no such country code")]
    NoSuchCountryCode,
    /// A national number, and the region to read it in is not known.
    #[error("a national number without a known region")]
    UnknownRegion,
    /// Two numbers where one belongs.
    #[error("two numbers in one cell")]
    TwoNumbers,
    /// `9.87654E+09`
    #[error("scientific notation: digits were lost in a spreadsheet")]
    Scientific,
    /// `9876543210.0`
    #[error("a decimal number from a spreadsheet, not a phone number")]
    Decimal,
}

/// Parses a phone as people write it. `region` (ISO 3166, e.g. `IN`) is where a number without a country code is
/// read; a number that names its country code ignores it. Only numbers that fit their country's plan are answered.
///
/// # Errors
/// [`PhoneError`], a short plain reason that does not repeat the number.
pub fn parse(text: &str, region: &str) -> Result<E164, PhoneError> {
    let home = plan::region(region);
    if let Some(digits) = Digits::from_plain(text.as_bytes())
        && let Ok(phone) = resolve::resolve(&digits, home)
    {
        return Ok(phone);
    }
    parse_irregular(text, home)
}

/// The region is one that numbers can be read in.
pub fn is_region(region: &str) -> bool {
    plan::region(region).is_some()
}

/// Parses a number given as a country calling code (`91`) and a number within it, as dialler lists do. A number
/// that already carries `+` keeps its own code; without a usable code it is read in `region`.
///
/// # Errors
/// As [`parse`].
pub fn parse_with_code(code: &str, number: &str, region: &str) -> Result<E164, PhoneError> {
    let code = code.trim().trim_start_matches(['+', '0']);
    let code = code.parse::<u16>().ok().filter(|code| plan::is_code(*code));
    match code {
        Some(code) if !number.trim_start().starts_with('+') => {
            let home = plan::main_region(code);
            match Digits::from_plain(number.as_bytes()).map(|digits| resolve::resolve(&digits, home)) {
                Some(Ok(phone)) => Ok(phone),
                _ => parse_irregular(number, home),
            }
        }
        _ => parse(number, region),
    }
}

fn parse_irregular(text: &str, home: Option<plan::Home>) -> Result<E164, PhoneError> {
    resolve::resolve(&Digits::from_text(text)?, home)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn slow(text: &str, region: &str) -> Result<E164, PhoneError> {
        parse_irregular(text, plan::region(region))
    }

    #[test]
    fn a_plain_number_and_the_same_number_dressed_up_agree() {
        for text in ["+919876543210", "09876543210", "98765 43210", "00919876543210", "(0)98765-43210"] {
            assert_eq!(parse(text, "IN"), Ok(E164::from_digits(919_876_543_210).unwrap()), "{text}");
        }
    }

    #[test]
    fn reasons_are_plain_and_never_repeat_the_number() {
        let reason = |text| parse(text, "IN").unwrap_err().to_string();
        assert_eq!(reason("  "), "empty");
        assert_eq!(reason("call me"), "not a phone number");
        assert_eq!(reason("12345"), "too short");
        assert_eq!(reason("+91 98765 43210 98765 43210"), "too long");
        assert_eq!(reason("9876543210, 9876543211"), "two numbers in one cell");
        assert_eq!(reason("9.87654E+09"), "scientific notation: digits were lost in a spreadsheet");
        assert_eq!(reason("9876543210.0"), "a decimal number from a spreadsheet, not a phone number");
        assert_eq!(reason("+999 123456789"), "no such country code");
        assert_eq!(
            parse("9876543210", "??").unwrap_err().to_string(),
            "a national number without a known region"
        );
    }

    #[test]
    fn a_dialler_list_gives_the_country_code_apart() {
        let want = E164::from_digits(918_000_005_000);
        assert_eq!(parse_with_code("91", "8000005000", "ZA").ok(), want);
        assert_eq!(parse_with_code("0091", "08000005000", "ZA").ok(), want);
        assert_eq!(parse_with_code("", "8000005000", "IN").ok(), want);
        assert_eq!(parse_with_code("27", "+918000005000", "ZA").ok(), want);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        #[test]
        fn the_plain_way_and_the_long_way_answer_the_same(
            text in r"(\+|00|0|011)?(91|27|1|44|49|39|7|971|61)?[ -]?[(]?[0-9]{2,5}[)]?[ -]?[0-9]{0,8}[ ]?",
            region in prop::sample::select(vec!["IN", "ZA", "US", "GB", "DE", "IT", "AG", "RU", "AE", "XX"]),
        ) {
            prop_assert_eq!(parse(&text, region), slow(&text, region));
        }

        #[test]
        fn no_text_makes_it_panic(text in r"\PC{0,40}", region in "[A-Z]{0,3}") {
            let _ = parse(&text, &region);
            let _ = parse_with_code(&region, &text, &region);
        }

        #[test]
        fn a_number_once_written_in_e164_reads_back_as_itself(
            national in "[1-9][0-9]{6,10}",
            region in prop::sample::select(vec!["IN", "ZA", "US", "GB", "DE", "IT", "BR", "NG", "KE"]),
        ) {
            if let Ok(phone) = parse(&national, region) {
                prop_assert_eq!(parse(&phone.to_string(), "US"), Ok(phone));
                prop_assert_eq!(parse(&format!("p:{phone}"), "ZA"), Ok(phone));
                prop_assert_eq!(parse(&format!("\u{202a}{phone}\u{202c}"), "ZA"), Ok(phone));
            }
        }

        #[test]
        fn what_the_phonenumber_crate_calls_valid_in_international_form_is_answered_alike(
            national in "[1-9][0-9]{7,9}",
            code in prop::sample::select(vec![91_u16, 27, 1, 44, 49, 61, 971, 254, 234]),
        ) {
            let text = format!("+{code}{national}");
            let Ok(theirs) = phonenumber::parse(None, &text) else { return Ok(()) };
            // Where the crate took digits off an international number it went its own way.
            prop_assume!(theirs.national().to_string() == national);
            let ours = parse(&text, "IN").ok().map(|phone| phone.to_string());
            let theirs = phonenumber::is_valid(&theirs).then_some(text);
            // The crate matches a pattern by its beginning: of a country whose short numbers begin like long ones
            // (Australia's 13 00 00) it accepts numbers that are none.
            if ours.is_some() || [91, 27, 254].contains(&code) {
                prop_assert_eq!(ours, theirs);
            }
        }
    }
}

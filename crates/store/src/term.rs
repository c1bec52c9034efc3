//! Terms: what a lead is found by, as bytes that sort. Pure; the index and the check of single rows share it, so that
//! both mean the same by a word.

use crate::lead_list::{LeadFilter, Search};
use serde::Deserialize;

/// Of a word, this many bytes are a term; longer ones are told apart on the row.
const WORD: usize = 16;
/// The same of an e-mail: its beginning narrows enough.
const EMAIL: usize = 8;
/// The same of a category.
const CATEGORY: usize = 64;
/// Digits at the end of a phone.
const PHONE_END: i64 = 10_000;

/// The columns of a lead that terms are made of, as the readers fetch them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Indexed(
    pub(crate) i64,
    pub(crate) Option<String>,
    pub(crate) Option<i64>,
    pub(crate) Option<String>,
    pub(crate) i64,
    pub(crate) Option<String>,
    pub(crate) Option<i64>,
);

/// The columns, in the order of [`Indexed`].
pub(crate) const INDEXED: [&str; 7] =
    ["lead_no", "name", "phone", "email", "source_no", "category", "import_no"];

/// Calls `each` with every term of a lead; one may come twice.
pub(crate) fn terms(lead: &Indexed, mut each: impl FnMut(&[u8])) {
    let Indexed(_, name, phone, email, source_no, category, import_no) = lead;
    let mut term = Vec::with_capacity(1 + CATEGORY);
    let mut tell = |kind: u8, text: &[u8], most: usize| {
        term.clear();
        term.push(kind);
        term.extend_from_slice(&text[..text.len().min(most)]);
        each(&term);
    };
    for word in name.iter().flat_map(|name| words(name)) {
        tell(b'n', word.as_bytes(), WORD);
    }
    if let Some(email) = email {
        tell(b'e', email.to_lowercase().as_bytes(), EMAIL);
    }
    if let Some(phone) = phone {
        tell(b'p', &phone_end(*phone), 8);
    }
    tell(b's', &source_no.to_be_bytes(), 8);
    if let Some(category) = category {
        tell(b'c', category.as_bytes(), CATEGORY);
    }
    if let Some(import_no) = import_no {
        tell(b'i', &import_no.to_be_bytes(), 8);
    }
}

fn phone_end(phone: i64) -> [u8; 8] {
    (phone % PHONE_END).to_be_bytes()
}

/// Terms from `from` to before `to`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) from: Vec<u8>,
    pub(crate) to: Vec<u8>,
}

impl Range {
    fn exact(kind: u8, text: &[u8]) -> Self {
        let from = [&[kind], text].concat();
        let to = [&from[..], &[0]].concat();
        Self { from, to }
    }

    /// Everything that begins so: no text holds the byte 255.
    fn beginning(kind: u8, text: &[u8]) -> Self {
        let from = [&[kind], text].concat();
        let to = [&from[..], &[255]].concat();
        Self { from, to }
    }
}

/// What a filter asks of the index: a lead must be in one range of each of the `all`, for one of the `any`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asked {
    /// Ranges every lead must be in.
    pub(crate) all: Vec<Range>,
    /// Sets of ranges; a lead must be in all of one set. Empty: nothing is asked.
    pub(crate) any: Vec<Vec<Range>>,
    /// The index finds more than is asked: the row decides.
    pub(crate) rough: bool,
}

impl Asked {
    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty() && self.any.is_empty()
    }
}

/// The ranges of a filter.
pub(crate) fn asked(filter: &LeadFilter) -> Asked {
    let mut asked = Asked::default();
    if let Some(source_no) = filter.source_no {
        asked.all.push(Range::exact(b's', &source_no.to_be_bytes()));
    }
    if let Some(import_no) = filter.import_no {
        asked.all.push(Range::exact(b'i', &import_no.to_be_bytes()));
    }
    if let Some(category) = &filter.category {
        let bytes = category.as_bytes();
        asked.rough |= bytes.len() >= CATEGORY;
        asked.all.push(Range::exact(b'c', &bytes[..bytes.len().min(CATEGORY)]));
    }
    match &filter.q {
        None | Some(Search::Uid(_)) => {}
        Some(Search::Phone(digits)) => {
            asked.rough = true;
            asked.all.push(Range::exact(b'p', &phone_end(*digits)));
        }
        Some(Search::PhoneEnd(digits, length)) => {
            asked.rough |= *length > 4;
            asked.all.push(Range::exact(b'p', &phone_end(*digits)));
        }
        Some(Search::Email(prefix)) => {
            asked.rough |= prefix.len() > EMAIL;
            asked.all.push(email(prefix));
        }
        Some(Search::Name(text)) => {
            asked.rough |= is_long(text);
            asked.any.push(name(text));
        }
        Some(Search::Word(text)) => {
            asked.rough |= is_long(text) || text.len() > EMAIL;
            asked.any.push(vec![email(&text.to_lowercase())]);
            let name = name(text);
            if !name.is_empty() {
                asked.any.push(name);
            }
        }
    }
    asked
}

fn email(prefix: &str) -> Range {
    Range::beginning(b'e', &prefix.as_bytes()[..prefix.len().min(EMAIL)])
}

fn name(text: &str) -> Vec<Range> {
    words(text).map(|word| Range::beginning(b'n', &word.as_bytes()[..word.len().min(WORD)])).collect()
}

fn is_long(text: &str) -> bool {
    words(text).any(|word| word.len() > WORD)
}

/// Whether a row is what was searched for; the other filters are the database's business.
pub(crate) fn found(q: &Search, name: Option<&str>, phone: Option<i64>, email: Option<&str>) -> bool {
    let named = |text: &str| {
        let have: Vec<String> = name.map(|name| words(name).collect()).unwrap_or_default();
        let mut asked = words(text).peekable();
        asked.peek().is_some() && asked.all(|word| have.iter().any(|known| known.starts_with(&word)))
    };
    let mailed = |prefix: &str| email.is_some_and(|email| email.to_lowercase().starts_with(prefix));
    match q {
        Search::Uid(_) => true,
        Search::Phone(digits) => phone == Some(*digits),
        Search::PhoneEnd(digits, length) => {
            phone.is_some_and(|phone| phone % 10_i64.pow((*length).min(15)) == *digits)
        }
        Search::Email(prefix) => mailed(prefix),
        Search::Name(text) => named(text),
        Search::Word(text) => mailed(&text.to_lowercase()) || named(text),
    }
}

/// The words of a name: small letters without accents, apart at everything that is neither letter nor digit.
pub(crate) fn words(text: &str) -> impl Iterator<Item = String> + use<> {
    let mut folded = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        match plain(c) {
            Some(letters) => folded.push_str(letters),
            // Accents that stand alone.
            None if ('\u{300}'..='\u{36f}').contains(&c) => {}
            None => folded.push(c),
        }
    }
    let words: Vec<String> =
        folded.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_owned).collect();
    words.into_iter()
}

/// A Latin letter without what is above or below it.
fn plain(c: char) -> Option<&'static str> {
    Some(match c {
        'à'..='å' | 'ā' | 'ă' | 'ą' | 'ǎ' => "a",
        'æ' => "ae",
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => "c",
        'ď' | 'đ' | 'ð' => "d",
        'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' => "e",
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => "g",
        'ĥ' | 'ħ' => "h",
        'ì'..='ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' => "i",
        'ĵ' => "j",
        'ķ' => "k",
        'ĺ' | 'ļ' | 'ľ' | 'ŀ' | 'ł' => "l",
        'ñ' | 'ń' | 'ņ' | 'ň' => "n",
        'ò'..='ö' | 'ø' | 'ō' | 'ŏ' | 'ő' => "o",
        'œ' => "oe",
        'ŕ' | 'ŗ' | 'ř' => "r",
        'ś' | 'ŝ' | 'ş' | 'š' | 'ș' => "s",
        'ß' => "ss",
        'ţ' | 'ť' | 'ŧ' | 'ț' => "t",
        'ù'..='ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' => "u",
        'ŵ' => "w",
        'ý' | 'ÿ' | 'ŷ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<String> {
        words(text).collect()
    }

    #[test]
    fn words_are_small_and_without_accents() {
        assert_eq!(of("Zoë O'Brien-Müller"), ["zoe", "o", "brien", "muller"]);
        assert_eq!(of("  \"Rao, Patel\" "), ["rao", "patel"]);
        assert_eq!(of("Łukasz STRAẞE Zoe\u{308}"), ["lukasz", "strasse", "zoe"]);
        assert_eq!(of("आशा राव"), of("आशा  राव"));
        assert!(of(" -'. ").is_empty());
    }

    #[test]
    fn a_row_is_found_by_beginnings_of_its_words() {
        let q = |text: &str| Search::Name(text.to_owned());
        let name = Some("Asha Rao");
        for found_by in ["a", "ra", "rao ash", "ASHA rao"] {
            assert!(found(&q(found_by), name, None, None), "{found_by}");
        }
        for other in ["sha", "ashar", "asha x", "-"] {
            assert!(!found(&q(other), name, None, None), "{other}");
        }
    }
}

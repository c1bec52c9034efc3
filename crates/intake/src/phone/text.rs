//! From what people write to digits: prefixes, brackets, foreign digits, vanity letters, extensions.

use super::PhoneError;

const MOST_DIGITS: usize = 32;
/// libphonenumber looks at no more; neither do we.
const LONGEST_TEXT: usize = 250;
/// Each piece of a cell with this many digits is a number of its own.
const A_NUMBER_OF_ITS_OWN: usize = 7;

/// The digits of a number in ASCII, and whether a `+` stood before them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Digits {
    pub(super) plus: bool,
    len: usize,
    bytes: [u8; MOST_DIGITS],
}

impl Digits {
    pub(super) fn as_slice(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    fn new(plus: bool) -> Self {
        Self { plus, len: 0, bytes: [0; MOST_DIGITS] }
    }

    fn push(&mut self, digit: u8) -> Option<()> {
        *self.bytes.get_mut(self.len)? = digit;
        self.len += 1;
        Some(())
    }

    /// The common shapes: digits with blanks, hyphens and brackets, perhaps a `+` in front. `None`: look closer.
    pub(super) fn from_plain(text: &[u8]) -> Option<Self> {
        let (plus, rest) = match text {
            [b'+', rest @ ..] => (true, rest),
            _ => (false, text),
        };
        let mut digits = Self::new(plus);
        for &byte in rest {
            match byte {
                b'0'..=b'9' => digits.push(byte)?,
                b' ' | b'-' | b'(' | b')' => {}
                _ => return None,
            }
        }
        (digits.len >= 3).then_some(digits)
    }

    /// Any text. Errs with the reason when it holds no number, or more than one.
    pub(super) fn from_text(text: &str) -> Result<Self, PhoneError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(PhoneError::Empty);
        }
        if text.len() > LONGEST_TEXT {
            return Err(PhoneError::NotANumber);
        }
        let text: String = text.chars().filter_map(plain).collect();
        refuse_spreadsheet_damage(text.trim())?;
        refuse_two_numbers(&text)?;
        let text = with_context(&text);
        let begin = text.find(|c: char| c == '+' || c.is_ascii_digit()).ok_or(PhoneError::NotANumber)?;
        let number = before_second_extension(&text[begin..]);
        let number = number.trim_end_matches(|c: char| !c.is_alphanumeric() && c != '#');
        dial(without_extension(number))
    }
}

/// Digits of all scripts to ASCII, all blanks to one, all dashes to one; invisible marks vanish.
fn plain(c: char) -> Option<char> {
    match c {
        '\u{200B}'..='\u{200F}'
        | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{2069}'
        | '\u{FEFF}'
        | '\u{AD}' => None,
        '\u{FF0B}' => Some('+'),
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{30FC}' | '\u{FF0D}' => Some('-'),
        '\u{FF0E}' => Some('.'),
        '\u{FF0F}' => Some('/'),
        '\u{FF08}' | '\u{FF3B}' => Some('('),
        '\u{FF09}' | '\u{FF3D}' => Some(')'),
        '\u{2053}' | '\u{223C}' | '\u{FF5E}' => Some('~'),
        '\n' => Some('\n'),
        _ if c.is_whitespace() => Some(' '),
        _ if c.is_ascii() => Some(c),
        _ => Some(digit_of_any_script(c).unwrap_or(c)),
    }
}

fn digit_of_any_script(c: char) -> Option<char> {
    const ZEROS: [u32; 20] = [
        0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66,
        0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x17E0, 0x1810, 0xA8D0, 0xFF10,
    ];
    let zero = ZEROS.into_iter().find(|zero| (*zero..zero + 10).contains(&u32::from(c)))?;
    char::from_digit(u32::from(c) - zero, 10)
}

fn refuse_spreadsheet_damage(text: &str) -> Result<(), PhoneError> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if let Some((mantissa, exponent)) = text.split_once(['e', 'E']) {
        let exponent = exponent.trim_start_matches(['+', '-']);
        if exponent.len() <= 3 && digits(exponent) && digits(&mantissa.replacen(['.', ','], "", 1)) {
            return Err(PhoneError::Scientific);
        }
    }
    if let Some((whole, fraction)) = text.split_once('.')
        && whole.len() >= 5
        && digits(whole.trim_start_matches('+'))
        && fraction.len() <= 2
        && digits(fraction)
    {
        return Err(PhoneError::Decimal);
    }
    Ok(())
}

fn refuse_two_numbers(text: &str) -> Result<(), PhoneError> {
    let digits = |piece: &str| piece.bytes().filter(u8::is_ascii_digit).count();
    let marked = text.replace(" or ", "/").replace(" and ", "/");
    let pieces =
        marked.split(['/', ',', ';', '|', '&', '\\', '\n']).filter(|p| digits(p) >= A_NUMBER_OF_ITS_OWN);
    let second_plus = text.match_indices('+').any(|(at, _)| {
        digits(&text[..at]) >= A_NUMBER_OF_ITS_OWN && digits(&text[at..]) >= A_NUMBER_OF_ITS_OWN
    });
    let phone_context = text.contains(";phone-context=");
    if (pieces.count() > 1 || second_plus) && !phone_context { Err(PhoneError::TwoNumbers) } else { Ok(()) }
}

/// RFC 3966: `tel:…;phone-context=+44` puts the country behind the number; other parameters are dropped, `;ext=` is
/// an extension, which E.164 has no place for either.
fn with_context(text: &str) -> std::borrow::Cow<'_, str> {
    let Some((number, parameters)) = text.split_once(';') else { return text.into() };
    match parameters.split(';').find_map(|one| one.strip_prefix("phone-context=+")) {
        Some(context) if !number.contains('+') => {
            let number = number.trim_start_matches(|c: char| !c.is_ascii_digit());
            format!("+{context}{number}").into()
        }
        _ => number.into(),
    }
}

/// `(530) 583-6985 x302/x2303`: only the first extension belongs to the number.
fn before_second_extension(text: &str) -> &str {
    let cut =
        text.match_indices(['/', '\\']).find(|(at, _)| text[at + 1..].trim_start().starts_with(['x', 'X']));
    cut.map_or(text, |(at, _)| &text[..at])
}

fn without_extension(number: &str) -> &str {
    const LABELS: [&str; 12] =
        ["extension", "extensión", "extn", "ext", "anexo", "доб", "xtn", "int", "xt", "x", "#", "~"];
    let bare = number.trim_end_matches('#');
    let before = bare.trim_end_matches(|c: char| c.is_ascii_digit());
    if !(1..=9).contains(&(bare.len() - before.len())) {
        return number;
    }
    let before = before.trim_end_matches([' ', '.', ':', '-']);
    let lower = before.to_lowercase();
    let Some(label) = LABELS.into_iter().find(|label| lower.ends_with(label)) else { return number };
    if lower.len() != before.len() {
        return number;
    }
    let main = before[..before.len() - label.len()].trim_end_matches([' ', ',', ';', '.', '-', '(']);
    if main.bytes().filter(u8::is_ascii_digit).count() >= 3 { main } else { number }
}

/// Checks that only phone characters are left and takes the digits; three letters or more are dialled as on a
/// telephone's keys, fewer are noise.
fn dial(number: &str) -> Result<Digits, PhoneError> {
    let body = number.trim_start_matches('+');
    let mut digits = Digits::new(body.len() < number.len());
    let first_letter = body.find(|c: char| c.is_ascii_alphabetic() && c != 'x').unwrap_or(body.len());
    if body[..first_letter].bytes().filter(u8::is_ascii_digit).count() < 3 {
        return Err(if first_letter == body.len() && digits_only(body) {
            PhoneError::TooShort
        } else {
            PhoneError::NotANumber
        });
    }
    let vanity = body.bytes().filter(u8::is_ascii_alphabetic).count() >= 3;
    for byte in body.bytes() {
        match byte {
            b'0'..=b'9' => digits.push(byte).ok_or(PhoneError::TooLong)?,
            b'a'..=b'z' | b'A'..=b'Z' if vanity => digits.push(key(byte)).ok_or(PhoneError::TooLong)?,
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b' ' | b'-' | b'(' | b')' | b'[' | b']' | b'.' | b'/' | b'~' | b'*' => {}
            _ => return Err(PhoneError::NotANumber),
        }
    }
    Ok(digits)
}

fn digits_only(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn key(letter: u8) -> u8 {
    match letter.to_ascii_lowercase() {
        b'a'..=b'c' => b'2',
        b'd'..=b'f' => b'3',
        b'g'..=b'i' => b'4',
        b'j'..=b'l' => b'5',
        b'm'..=b'o' => b'6',
        b'p'..=b's' => b'7',
        b't'..=b'v' => b'8',
        _ => b'9',
    }
}

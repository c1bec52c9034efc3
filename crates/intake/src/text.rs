//! Cells as text: blanks, control characters, lengths.

use std::borrow::Cow;

/// The first `most` characters.
pub(crate) fn cut(text: &str, most: usize) -> &str {
    text.char_indices().nth(most).map_or(text, |(at, _)| &text[..at])
}

/// Longer than `most` characters. Looks at the bytes first, which settles nearly every cell.
pub(crate) fn longer_than(text: &str, most: usize) -> bool {
    text.len() > most && text.chars().nth(most).is_some()
}

/// Trimmed and without control characters; line breaks and tabs stay.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    let unwanted = |c: char| c.is_control() && !matches!(c, '\n' | '\t' | '\r');
    let suspicious = text.bytes().any(|byte| byte < 0x20 || byte == 0x7f || byte == 0xc2);
    if suspicious && text.contains(unwanted) {
        Cow::Owned(text.replace(unwanted, "").trim().to_owned())
    } else {
        Cow::Borrowed(text)
    }
}

/// One line: cleaned, every run of blanks (line breaks too) made one space. For names and places.
pub(crate) fn one_line(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    let plain = text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) && !text.contains("  ");
    if plain {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    if out == text { Cow::Borrowed(text) } else { Cow::Owned(out) }
}

/// Lower case letters and digits only: how headers and words are compared.
pub(crate) fn key(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

//! Cells going out: a spreadsheet that opens an export must not run what a stranger wrote into a form.

use std::borrow::Cow;

/// The cell as a spreadsheet may see it: one that would be read as a formula (`=`, `+`, `-`, `@`, TAB or CR first)
/// gets an apostrophe in front. Numbers stay as they are, so that a re-import reads the same values: `+` followed
/// by digits only (a phone in E.164), and `-` with a plain decimal.
pub fn formula_safe(cell: &str) -> Cow<'_, str> {
    let harmless = match cell.as_bytes() {
        [b'+', rest @ ..] => is_digits(rest),
        [b'-', rest @ ..] => is_decimal(rest),
        [b'=' | b'@' | b'\t' | b'\r' | b'\n', ..] => false,
        _ => return safe_behind_blanks(cell),
    };
    if harmless { Cow::Borrowed(cell) } else { Cow::Owned(format!("'{cell}")) }
}

/// Some programs trim a cell, or read full-width signs, before they look at its first character.
fn safe_behind_blanks(cell: &str) -> Cow<'_, str> {
    let trimmed = cell.trim_start();
    let begins = trimmed.chars().next();
    let blank_first = trimmed.len() < cell.len() && matches!(begins, Some('=' | '+' | '-' | '@'));
    let full_width = matches!(begins, Some('\u{FF1D}' | '\u{FF0B}' | '\u{FF0D}' | '\u{FF20}'));
    if blank_first || full_width { Cow::Owned(format!("'{cell}")) } else { Cow::Borrowed(cell) }
}

fn is_digits(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(u8::is_ascii_digit)
}

fn is_decimal(text: &[u8]) -> bool {
    let mut parts = text.splitn(2, |byte| *byte == b'.');
    parts.next().is_some_and(is_digits) && parts.next().is_none_or(is_digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_defused_and_numbers_left_alone() {
        for cell in ["=cmd|' /C calc'!A0", "@SUM(A1)", "+1+1", "-2+3", "\t=1", "\r=1", " =1+1", "-", "＝1+1"]
        {
            assert_eq!(formula_safe(cell), format!("'{cell}"), "{cell:?}");
        }
        for cell in ["", "+919876543210", "-12.50", "Zoë", "a=b", "1-2"] {
            assert_eq!(formula_safe(cell), cell);
        }
    }
}

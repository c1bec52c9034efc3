//! What kind of file this is, told from its first 64 KiB: workbook or text, and how the text is written.

mod sniff;

use crate::rows::Dialect;
use crate::{FileError, text};
use serde::{Deserialize, Serialize};

/// How many bytes of a file [`detect`] looks at.
pub const HEAD: usize = 64 * 1024;

/// How a file is read; frozen with an import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Format {
    /// Text with one record a line.
    Delimited(TextFormat),
    /// A workbook; rows come from its first sheet with content.
    Workbook {
        /// Which program's.
        workbook: Book,
        /// The first row with content names the columns.
        has_header: bool,
    },
}

/// The kinds of workbook that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Book {
    /// Excel since 2007.
    Xlsx,
    /// Excel before.
    Xls,
    /// OpenDocument, LibreOffice.
    Ods,
}

/// How bytes are characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Encoding {
    /// UTF-8, ASCII too.
    #[serde(rename = "utf-8")]
    Utf8,
    /// UTF-16, low byte first.
    #[serde(rename = "utf-16le")]
    Utf16Le,
    /// UTF-16, high byte first.
    #[serde(rename = "utf-16be")]
    Utf16Be,
    /// Windows-1252, Latin-1 too.
    #[serde(rename = "windows-1252")]
    Windows1252,
}

/// How a text file is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextFormat {
    /// Between cells: one of `,` TAB `;` `|`.
    pub delimiter: char,
    /// How bytes are characters.
    pub encoding: Encoding,
    /// Bytes before the first record: a byte order mark, a `sep=;` line.
    pub start: u64,
    /// The line of the first record, from 1.
    pub first_line: u64,
    /// The first record names the columns.
    pub has_header: bool,
    /// Around cells that hold a delimiter; `None`: quotes mean nothing.
    pub quote: Option<char>,
    /// Lines end with a lone CR, as on the oldest Macs.
    #[serde(default)]
    pub cr_lines: bool,
}

impl TextFormat {
    pub(crate) fn dialect(&self) -> Dialect {
        Dialect {
            delimiter: u8::try_from(self.delimiter).unwrap_or(b','),
            quote: self.quote.and_then(|quote| u8::try_from(quote).ok()),
            newline: if self.cr_lines { b'\r' } else { b'\n' },
        }
    }
}

/// Tells the format from the first bytes of a file (up to [`HEAD`]; `whole`: there are no others). The name is
/// asked only where the bytes leave it open: text under an `.xlsx` name is text. `has_header` is a first guess
/// (`true`); [`crate::preview::inspect`] settles it.
///
/// # Errors
/// [`FileError::Empty`], or [`FileError::NotALeadFile`] naming what it looks like.
pub fn detect(head: &[u8], whole: bool, name: &str) -> Result<Format, FileError> {
    if head.is_empty() {
        return Err(FileError::Empty);
    }
    if let Some(workbook) = sniff::workbook(head, name)? {
        return Ok(Format::Workbook { workbook, has_header: true });
    }
    sniff::refuse_other_kinds(head)?;
    let (encoding, bom) = sniff::encoding(head)?;
    let decoded = sniff::decode(&head[bom..], encoding);
    if decoded.trim().is_empty() && whole {
        return Err(FileError::Empty);
    }
    sniff::refuse_other_text(&decoded)?;
    let cr_lines = !decoded.contains('\n') && decoded.contains('\r');
    let mut start = bom;
    let mut first_line = 1;
    let mut body = decoded.as_str();
    let mut delimiter = None;
    if let Some((separator, length)) = sniff::separator_line(body) {
        let unit = if matches!(encoding, Encoding::Utf16Le | Encoding::Utf16Be) { 2 } else { 1 };
        (delimiter, start, first_line) = (Some(separator), start + length * unit, 2);
        body = &body[length..];
    }
    let newline = if cr_lines { b'\r' } else { b'\n' };
    let delimiter = delimiter.unwrap_or_else(|| sniff::delimiter(body.as_bytes(), whole, newline));
    Ok(Format::Delimited(TextFormat {
        delimiter,
        encoding,
        start: start as u64,
        first_line,
        has_header: true,
        quote: Some('"'),
        cr_lines,
    }))
}

/// The first record names columns: at least one cell is a header somebody uses, or nothing in it looks like data.
pub(crate) fn looks_like_header(cells: &[String]) -> bool {
    let data = |cell: &String| {
        let digits = cell.bytes().filter(u8::is_ascii_digit).count();
        let letters = cell.chars().filter(|c| c.is_alphabetic()).count();
        crate::email::parse(cell).is_ok() || (digits >= 5 && digits > letters)
    };
    if cells.iter().any(data) {
        return false;
    }
    let known = cells.iter().filter(|cell| crate::fields::recognise(cell).is_some()).count();
    known > 0
        || cells.iter().all(|cell| text::key(cell).chars().any(char::is_alphabetic) || cell.trim().is_empty())
}

//! Telling bytes apart. Each function answers one question about the beginning of a file.

use super::{Book, Encoding};
use crate::FileError;
use crate::rows::{Cells, Dialect, Split, split};

const DELIMITERS: [u8; 4] = [b',', b'\t', b';', b'|'];

/// The workbook kind by magic bytes; `None`: not a workbook.
pub(super) fn workbook(head: &[u8], name: &str) -> Result<Option<Book>, FileError> {
    if head.starts_with(&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]) {
        return Ok(Some(Book::Xls));
    }
    if !head.starts_with(b"PK\x03\x04") {
        return Ok(None);
    }
    let holds = |needle: &[u8]| memchr::memmem::find(head, needle).is_some();
    let name = name.to_ascii_lowercase();
    if holds(b"application/vnd.oasis.opendocument.spreadsheet")
        || holds(b"content.xml")
        || name.ends_with(".ods")
    {
        Ok(Some(Book::Ods))
    } else if holds(b"xl/workbook.bin") || name.ends_with(".xlsb") {
        Err(FileError::NotALeadFile("a binary workbook (.xlsb); save it as .xlsx or CSV"))
    } else if holds(b"xl/")
        || holds(b"[Content_Types].xml")
        || name.ends_with(".xlsx")
        || name.ends_with(".xlsm")
    {
        Ok(Some(Book::Xlsx))
    } else {
        Err(FileError::NotALeadFile("a ZIP archive; upload the files in it"))
    }
}

/// Errs with what the file is, when its first bytes say so.
pub(super) fn refuse_other_kinds(head: &[u8]) -> Result<(), FileError> {
    const KINDS: [(&[u8], &str); 14] = [
        (b"%PDF", "a PDF document"),
        (b"\x89PNG", "an image"),
        (b"GIF8", "an image"),
        (b"\xff\xd8\xff", "an image"),
        (b"\x1f\x8b", "a gzip archive; unpack it first"),
        (b"7z\xbc\xaf", "a 7z archive; unpack it first"),
        (b"Rar!", "a RAR archive; unpack it first"),
        (b"\x28\xb5\x2f\xfd", "a zstd archive; unpack it first"),
        (b"BZh9", "a bzip2 archive; unpack it first"),
        (b"PK\x05\x06", "an empty ZIP archive"),
        (b"\x7fELF", "a program"),
        (b"SQLite format 3\0", "a database"),
        (b"PAR1", "a Parquet file; save it as CSV"),
        (b"{\\rtf", "a text document (RTF)"),
    ];
    match KINDS.iter().find(|(magic, _)| head.starts_with(magic)) {
        Some((_, kind)) => Err(FileError::NotALeadFile(kind)),
        None => Ok(()),
    }
}

/// The encoding and the length of the byte order mark.
pub(super) fn encoding(head: &[u8]) -> Result<(Encoding, usize), FileError> {
    match head {
        [0xef, 0xbb, 0xbf, ..] => return Ok((Encoding::Utf8, 3)),
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => {
            return Err(FileError::NotALeadFile("text in UTF-32; save it as UTF-8"));
        }
        [0xff, 0xfe, ..] => return Ok((Encoding::Utf16Le, 2)),
        [0xfe, 0xff, ..] => return Ok((Encoding::Utf16Be, 2)),
        _ => {}
    }
    let nuls = |odd: usize| head.iter().skip(odd).step_by(2).filter(|byte| **byte == 0).count() * 10;
    let half = head.len() / 2;
    let (even, odd) = (nuls(0), nuls(1));
    if head.len() >= 4 && odd > half * 5 && even < half {
        return Ok((Encoding::Utf16Le, 0));
    }
    if head.len() >= 4 && even > half * 5 && odd < half {
        return Ok((Encoding::Utf16Be, 0));
    }
    let strange = |byte: &&u8| **byte < 0x20 && !matches!(**byte, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b);
    if head.iter().filter(strange).count() * 20 > head.len() {
        return Err(FileError::NotALeadFile("binary data"));
    }
    match std::str::from_utf8(head) {
        Err(error) if error.error_len().is_some() => Ok((Encoding::Windows1252, 0)),
        // Cut inside a character at the end of the head.
        Err(error) if error.valid_up_to() + 4 <= head.len() => Ok((Encoding::Windows1252, 0)),
        _ => Ok((Encoding::Utf8, 0)),
    }
}

/// The head as text.
pub(super) fn decode(head: &[u8], encoding: Encoding) -> String {
    let encoding = match encoding {
        Encoding::Utf8 => encoding_rs::UTF_8,
        Encoding::Utf16Le => encoding_rs::UTF_16LE,
        Encoding::Utf16Be => encoding_rs::UTF_16BE,
        Encoding::Windows1252 => encoding_rs::WINDOWS_1252,
    };
    encoding.decode_without_bom_handling(head).0.into_owned()
}

/// Errs when the text is of a kind that only looks like rows.
pub(super) fn refuse_other_text(text: &str) -> Result<(), FileError> {
    let begin = text.trim_start().chars().take(15).collect::<String>().to_ascii_lowercase();
    let begins = |words: &[&str]| words.iter().any(|word| begin.starts_with(word));
    if begins(&["<html", "<!doctype html", "<table"]) {
        return Err(FileError::NotALeadFile(
            "a web page; some programs export one under an .xls name: save it as CSV",
        ));
    }
    if begins(&["<?xml"]) {
        return Err(FileError::NotALeadFile("an XML document"));
    }
    if begins(&["{\"", "[{", "{ \"", "{\n"]) {
        return Err(FileError::NotALeadFile("JSON; send it to POST /api/v1/leads"));
    }
    Ok(())
}

/// A first line `sep=;` as Excel writes and obeys it: the delimiter and the line's length in bytes.
pub(super) fn separator_line(text: &str) -> Option<(char, usize)> {
    let line = text.lines().next()?;
    let rest = line.strip_prefix("sep=").or_else(|| line.strip_prefix("SEP="))?;
    let delimiter =
        rest.chars().next().filter(|c| u8::try_from(*c).is_ok_and(|byte| DELIMITERS.contains(&byte)))?;
    let newline = text[line.len()..].bytes().take_while(|byte| matches!(byte, b'\r' | b'\n')).take(2).count();
    (rest.len() == 1).then_some((delimiter, line.len() + newline))
}

/// The delimiter under which the first records agree best on a number of cells.
pub(super) fn delimiter(body: &[u8], whole: bool, newline: u8) -> char {
    let best =
        DELIMITERS.into_iter().rev().max_by_key(|delimiter| agreement(body, whole, newline, *delimiter));
    char::from(best.unwrap_or(b','))
}

/// How well a delimiter fits: per mille of records with the commonest number of cells, then that number.
fn agreement(body: &[u8], whole: bool, newline: u8, delimiter: u8) -> (usize, usize) {
    let dialect = Dialect { delimiter, quote: Some(b'"'), newline };
    let (mut cells, mut counts, mut at) = (Cells::default(), Vec::new(), 0);
    while at < body.len() && counts.len() < 100 {
        match split(&body[at..], whole, dialect, true, &mut cells) {
            Split::Record { used, .. } => {
                if body[at..at + used].iter().any(|byte| !byte.is_ascii_whitespace()) {
                    counts.push(cells.ends.len());
                }
                at += used;
            }
            Split::More { .. } if counts.is_empty() => {
                return (1, body.iter().filter(|byte| **byte == delimiter).count());
            }
            Split::More { .. } => break,
            Split::Unclosed { .. } => {
                at += memchr::memchr(newline, &body[at..]).map_or(body.len() - at, |end| end + 1);
            }
        }
    }
    let commonest = counts
        .iter()
        .copied()
        .filter(|count| *count > 1)
        .max_by_key(|count| (counts.iter().filter(|other| *other == count).count(), *count));
    let Some(commonest) = commonest else { return (0, 0) };
    // The first record is the header as a rule: a delimiter that does not cut it is hardly the right one.
    let header = if counts[0] > 1 { 1000 } else { 0 };
    (header + counts.iter().filter(|count| **count == commonest).count() * 1000 / counts.len(), commonest)
}

//! One record of delimited text to its cells. No reading here: a window of bytes in, cells out.

use memchr::{memchr, memchr2};

/// How cells and records are told apart.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dialect {
    pub(crate) delimiter: u8,
    pub(crate) quote: Option<u8>,
    /// The byte that ends a record: `\n` (a `\r` before it is dropped), or `\r` alone.
    pub(crate) newline: u8,
}

/// The cells of one record, unquoted, each followed by a separator that no cell boundary can be confused with.
#[derive(Debug, Default)]
pub(crate) struct Cells {
    pub(crate) text: Vec<u8>,
    /// Where each cell ends in `text`; the next begins one byte later.
    pub(crate) ends: Vec<u32>,
}

/// More cells than this in one record are counted no further.
pub(crate) const MOST_CELLS: usize = 32_768;

impl Cells {
    pub(crate) fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
    }

    pub(crate) fn end_cell(&mut self) {
        if self.ends.len() < MOST_CELLS {
            self.ends.push(self.text.len() as u32);
        }
        self.text.push(0x1f);
    }
}

/// What the window holds at its start.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Split {
    /// A record of `used` bytes, newline included, over `newlines` lines.
    Record { used: usize, newlines: u64 },
    /// The record goes on behind the window. `quoted`: inside a quoted cell.
    More { quoted: bool },
    /// A quote that opens and does not properly close; seen up to `seen` bytes.
    Unclosed { seen: usize },
}

/// Splits the first record of `window`. `last`: nothing follows the window. `spanning`: quoted cells may hold
/// line breaks.
pub(crate) fn split(window: &[u8], last: bool, dialect: Dialect, spanning: bool, cells: &mut Cells) -> Split {
    cells.clear();
    let (mut at, mut newlines) = (0, 0);
    loop {
        if dialect.quote.is_some() && window.get(at).copied() == dialect.quote {
            match quoted_cell(window, at, last, dialect, spanning, cells) {
                Ok(cell) => {
                    at = cell.end;
                    newlines += cell.newlines;
                }
                Err(stop) => return stop,
            }
        }
        let rest = &window[at..];
        let Some(len) = memchr2(dialect.delimiter, dialect.newline, rest) else {
            if !last {
                return Split::More { quoted: false };
            }
            end_record(cells, rest, dialect);
            return Split::Record { used: window.len(), newlines: newlines + 1 };
        };
        if rest[len] == dialect.newline {
            end_record(cells, &rest[..len], dialect);
            return Split::Record { used: at + len + 1, newlines: newlines + 1 };
        }
        cells.text.extend_from_slice(&rest[..len]);
        cells.end_cell();
        at += len + 1;
    }
}

fn end_record(cells: &mut Cells, rest: &[u8], dialect: Dialect) {
    let rest = if dialect.newline == b'\n' { rest.strip_suffix(b"\r").unwrap_or(rest) } else { rest };
    cells.text.extend_from_slice(rest);
    cells.end_cell();
}

struct Quoted {
    /// Behind the closing quote.
    end: usize,
    newlines: u64,
}

/// The cell whose opening quote stands at `open`. A cell that spans lines must be closed before a delimiter or a
/// line end; otherwise the quote was a stray one and the lines it swallowed are given back.
fn quoted_cell(
    window: &[u8],
    open: usize,
    last: bool,
    dialect: Dialect,
    spanning: bool,
    cells: &mut Cells,
) -> Result<Quoted, Split> {
    let quote = dialect.quote.unwrap_or(b'"');
    let (mut at, mut newlines) = (open + 1, 0);
    loop {
        let Some(len) = memchr(quote, &window[at..]) else {
            let line_ended = !spanning && memchr(dialect.newline, &window[at..]).is_some();
            return Err(if last || line_ended {
                Split::Unclosed { seen: window.len() }
            } else {
                Split::More { quoted: true }
            });
        };
        let chunk = &window[at..at + len];
        newlines += memchr::memchr_iter(dialect.newline, chunk).count() as u64;
        if newlines > 0 && !spanning {
            return Err(Split::Unclosed { seen: at + len });
        }
        cells.text.extend_from_slice(chunk);
        at += len + 1;
        match window.get(at) {
            Some(&byte) if byte == quote => {
                cells.text.push(quote);
                at += 1;
            }
            None if !last => return Err(Split::More { quoted: true }),
            next => {
                let closes = next.is_none_or(|b| {
                    *b == dialect.delimiter || *b == dialect.newline || *b == b'\r' || *b == b' '
                });
                if newlines > 0 && !closes {
                    return Err(Split::Unclosed { seen: at });
                }
                return Ok(Quoted { end: at, newlines });
            }
        }
    }
}

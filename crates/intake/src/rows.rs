//! Rows of delimited text, streamed: memory stays bounded whatever the file's size, and reading can be resumed
//! behind any row.
//!
//! A record is at most [`MOST_RECORD`] bytes. What cannot be read costs its own line only: an over-long record, a
//! quote that never closes (the line it opens on is rejected, reading goes on at the next one), a NUL byte, more
//! cells than the header. Short rows get empty cells. Lines without any content are skipped and not counted. A
//! line that was quoted as a whole is unpacked once more. A row that is not valid UTF-8 in a UTF-8 file is read as
//! Windows-1252, which is what it is when two exports were pasted together.

mod split;
mod window;

use crate::FileError;
use crate::format::{Encoding, TextFormat};
use crate::text::cut;
use model::import::RowError;
use serde::{Deserialize, Serialize};
pub(crate) use split::{Cells, Dialect, Split, split};
use std::io::{Read, Seek, SeekFrom};
use window::Window;

/// The longest record that is read, in bytes of UTF-8.
pub const MOST_RECORD: usize = 1 << 20;
/// The most columns a file may have.
pub const MOST_COLUMNS: usize = 2_000;
/// How much of a rejected row is kept, in characters.
pub const ORIGINAL_CHARS: usize = 4_000;

/// Where a reader stands: behind the last row it returned. Frozen with each chunk of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Resume {
    /// Raw bytes of the file that are done (0 for workbooks).
    pub offset: u64,
    /// The line on which the next record begins, from 1.
    pub line: u64,
    /// Data rows returned so far, rejected ones included.
    pub rows: u64,
    /// Up to this raw offset quoted cells may not span lines, because a stray quote was found before it.
    #[serde(default)]
    pub single_lines_until: u64,
}

/// One data row. Cells are texts as they stand in the file, unquoted, not trimmed.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    line: u64,
    text: &'a str,
    ends: &'a [u32],
    raw: &'a [u8],
    encoding: Encoding,
}

impl<'a> Row<'a> {
    /// The line (or sheet row) on which it begins, from 1.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// How many cells it has.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// It has no cells at all.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// A cell; empty where the row is short.
    pub fn get(&self, column: usize) -> &'a str {
        let Some(end) = self.ends.get(column) else { return "" };
        let start = if column == 0 { 0 } else { self.ends[column - 1] as usize + 1 };
        self.text.get(start..*end as usize).unwrap_or("")
    }

    /// All cells.
    pub fn cells(&self) -> impl Iterator<Item = &'a str> + '_ {
        (0..self.len()).map(|column| self.get(column))
    }

    /// The row as it stands in the file, for error reports, cut at [`ORIGINAL_CHARS`].
    pub fn original(&self) -> String {
        if self.raw.is_empty() {
            let cells: Vec<&str> = self.cells().collect();
            return cut(&cells.join("\t"), ORIGINAL_CHARS).to_owned();
        }
        original(self.raw, self.encoding)
    }

    pub(crate) fn of_sheet(line: u64, text: &'a str, ends: &'a [u32]) -> Self {
        Self { line, text, ends, raw: &[], encoding: Encoding::Utf8 }
    }
}

/// Rows one after the other, from text or from a workbook.
pub trait Rows {
    /// The next row; `Err` inside `Some`: a row that cannot be read, with its reason; `None`: the end.
    ///
    /// # Errors
    /// [`FileError::Io`] when the file itself cannot be read on.
    fn next_row(&mut self) -> Result<Option<Result<Row<'_>, RowError>>, FileError>;

    /// Behind the last row returned.
    fn position(&self) -> Resume;
}

/// Rows of a delimited text.
pub struct RowReader<R> {
    window: Window<R>,
    dialect: Dialect,
    encoding: Encoding,
    columns: usize,
    cells: Cells,
    spare: Cells,
    line: u64,
    rows: u64,
    single_lines_until: u64,
}

/// What a step over the window found.
enum Step {
    Row { line: u64, used: usize },
    Bad(RowError),
    Blank,
    End,
}

impl<R: Read + Seek> RowReader<R> {
    /// Reads `reader` from its start, or behind the row where `resume` was taken. `columns` is the number of
    /// columns of the frozen mapping.
    ///
    /// # Errors
    /// [`FileError::Io`] when it cannot be read or its place cannot be found.
    pub fn open(
        mut reader: R,
        format: &TextFormat,
        columns: usize,
        resume: Option<Resume>,
    ) -> Result<Self, FileError> {
        let at =
            resume.unwrap_or(Resume { offset: format.start, line: format.first_line, ..Resume::default() });
        reader.seek(SeekFrom::Start(at.offset))?;
        let mut rows = Self {
            window: Window::new(reader, format.encoding, at.offset),
            dialect: format.dialect(),
            encoding: format.encoding,
            columns,
            cells: Cells::default(),
            spare: Cells::default(),
            line: at.line,
            rows: at.rows,
            single_lines_until: at.single_lines_until,
        };
        if resume.is_none() && format.has_header {
            rows.skip_header()?;
        }
        Ok(rows)
    }
}

impl<R: Read> RowReader<R> {
    fn skip_header(&mut self) -> Result<(), FileError> {
        while let Step::Blank = self.step()? {}
        self.rows = 0;
        Ok(())
    }

    fn step(&mut self) -> Result<Step, FileError> {
        loop {
            let last = self.window.ended;
            if last && self.window.bytes().is_empty() {
                return Ok(Step::End);
            }
            let spanning = self.window.offset >= self.single_lines_until;
            match split(self.window.bytes(), last, self.dialect, spanning, &mut self.cells) {
                Split::Record { used, newlines } if used <= MOST_RECORD + 2 => {
                    return Ok(self.record(used, newlines));
                }
                Split::Record { .. } | Split::More { quoted: false }
                    if self.window.bytes().len() > MOST_RECORD =>
                {
                    return self.give_up_line("the row is longer than 1 MiB");
                }
                Split::More { quoted: true } if self.window.bytes().len() > MOST_RECORD => {
                    self.single_lines(self.window.bytes().len());
                    return self.give_up_line(UNCLOSED);
                }
                Split::Unclosed { seen } => {
                    self.single_lines(seen);
                    return self.give_up_line(UNCLOSED);
                }
                _ => self.window.fill()?,
            }
        }
    }

    fn record(&mut self, used: usize, newlines: u64) -> Step {
        let line = self.line;
        self.window.consume(used);
        self.line += newlines;
        if self.cells.text.iter().all(|byte| matches!(byte, 0x1f | b' ' | b'\t' | b'\r')) {
            return Step::Blank;
        }
        self.unpack_line_quoted_whole();
        self.rows += 1;
        if memchr::memchr(0, &self.cells.text).is_some() {
            return self.bad(line, used, "the row holds a NUL byte".to_owned());
        }
        if self.too_long() {
            let reason = format!("the row has {} cells, the header {}", self.cells.ends.len(), self.columns);
            return self.bad(line, used, reason);
        }
        self.decode();
        Step::Row { line, used }
    }

    fn bad(&self, line: u64, used: usize, reason: String) -> Step {
        let original = original(self.window.consumed(used), self.encoding);
        Step::Bad(RowError { line, column: String::new(), reason, original })
    }

    /// `"L4,""Patel, Sipho"",+91…"`: some program took the line for one cell. Its content is the row.
    fn unpack_line_quoted_whole(&mut self) {
        if self.cells.ends.len() != 1 || self.columns < 2 {
            return;
        }
        let inner = &self.cells.text[..self.cells.text.len() - 1];
        let found = split(inner, true, self.dialect, true, &mut self.spare);
        let whole = matches!(found, Split::Record { used, .. } if used == inner.len());
        if whole && (2..=self.columns).contains(&self.spare.ends.len()) {
            std::mem::swap(&mut self.cells, &mut self.spare);
        }
    }

    /// More cells than columns, and not just empty ones.
    fn too_long(&self) -> bool {
        let Some(extra) = self.cells.ends.get(self.columns.max(1) - 1) else { return false };
        self.columns > 0
            && self.cells.ends.len() > self.columns
            && self.cells.text[*extra as usize..].iter().any(|byte| !matches!(byte, 0x1f | b' ' | b'\r'))
    }

    /// Makes the cells UTF-8.
    fn decode(&mut self) {
        let windows = self.encoding == Encoding::Windows1252 && !self.cells.text.is_ascii();
        if !windows && std::str::from_utf8(&self.cells.text).is_ok() {
            return;
        }
        self.spare.clear();
        let mut start = 0;
        for end in &self.cells.ends {
            let cell = &self.cells.text[start..*end as usize];
            let (text, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(cell);
            self.spare.text.extend_from_slice(text.as_bytes());
            self.spare.end_cell();
            start = *end as usize + 1;
        }
        std::mem::swap(&mut self.cells, &mut self.spare);
    }

    fn single_lines(&mut self, seen: usize) {
        // For UTF-16 the raw offset lies further on, by at most twice the bytes seen; a little more caution there
        // costs nothing.
        let factor = if matches!(self.encoding, Encoding::Utf16Le | Encoding::Utf16Be) { 2 } else { 1 };
        self.single_lines_until = self.single_lines_until.max(self.window.offset + seen as u64 * factor);
    }

    /// Rejects the line at the window's start and goes on behind its end, however far that is.
    fn give_up_line(&mut self, reason: &str) -> Result<Step, FileError> {
        let line = self.line;
        let head = self.window.bytes();
        let head = &head[..head.len().min(ORIGINAL_CHARS * 4)];
        let end = memchr::memchr(self.dialect.newline, head).unwrap_or(head.len());
        let original = original(&head[..end], self.encoding);
        loop {
            if let Some(end) = memchr::memchr(self.dialect.newline, self.window.bytes()) {
                self.window.consume(end + 1);
                break;
            }
            self.window.consume(self.window.bytes().len());
            if self.window.ended {
                break;
            }
            self.window.fill()?;
        }
        self.line += 1;
        self.rows += 1;
        Ok(Step::Bad(RowError { line, column: String::new(), reason: reason.to_owned(), original }))
    }
}

const UNCLOSED: &str = "a quote opens here and is not closed";

impl<R: Read> Rows for RowReader<R> {
    fn next_row(&mut self) -> Result<Option<Result<Row<'_>, RowError>>, FileError> {
        let (line, used) = loop {
            match self.step()? {
                Step::Row { line, used } => break (line, used),
                Step::Bad(error) => return Ok(Some(Err(error))),
                Step::Blank => {}
                Step::End => return Ok(None),
            }
        };
        let text = std::str::from_utf8(&self.cells.text).unwrap_or("");
        let raw = self.window.consumed(used);
        Ok(Some(Ok(Row { line, text, ends: &self.cells.ends, raw, encoding: self.encoding })))
    }

    fn position(&self) -> Resume {
        Resume {
            offset: self.window.offset,
            line: self.line,
            rows: self.rows,
            single_lines_until: self.single_lines_until,
        }
    }
}

fn original(raw: &[u8], encoding: Encoding) -> String {
    let raw = raw.strip_suffix(b"\n").unwrap_or(raw);
    let raw = raw.strip_suffix(b"\r").unwrap_or(raw);
    let head = &raw[..raw.len().min(ORIGINAL_CHARS * 4)];
    let whole = head.len() == raw.len();
    let text = match std::str::from_utf8(head) {
        Ok(text) if encoding != Encoding::Windows1252 => std::borrow::Cow::Borrowed(text),
        // Cut in the middle of a character, not broken.
        Err(error) if error.error_len().is_none() && !whole => {
            String::from_utf8_lossy(&head[..error.valid_up_to()])
        }
        _ => encoding_rs::WINDOWS_1252.decode_without_bom_handling(head).0,
    };
    cut(&text, ORIGINAL_CHARS).replace('\0', "\u{FFFD}")
}

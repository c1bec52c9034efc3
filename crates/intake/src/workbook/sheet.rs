//! The cells of a sheet as rows of text.

use super::MOST_UNPACKED;
use crate::rows::{MOST_COLUMNS, Row};
use calamine::{Data, DataRef, ExcelDateTime, OdsError, XlsError, XlsxError};

/// Why a sheet cannot be read.
pub(super) enum Trouble {
    Bad(String),
    Large,
    Wide(usize),
}

impl From<XlsxError> for Trouble {
    fn from(error: XlsxError) -> Self {
        Self::Bad(error.to_string())
    }
}

impl From<XlsError> for Trouble {
    fn from(error: XlsError) -> Self {
        Self::Bad(error.to_string())
    }
}

impl From<OdsError> for Trouble {
    fn from(error: OdsError) -> Self {
        Self::Bad(error.to_string())
    }
}

/// Rows with content, in order.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    rows: Vec<SheetRow>,
    current: SheetRow,
    bytes: u64,
}

#[derive(Debug, Default)]
struct SheetRow {
    /// From 1; 0: no row yet.
    line: u64,
    text: String,
    ends: Vec<u32>,
}

impl Sheet {
    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(super) fn row(&self, index: usize) -> Option<Row<'_>> {
        self.rows.get(index).map(|row| Row::of_sheet(row.line, &row.text, &row.ends))
    }

    /// Adds a cell; they come row by row, left to right.
    pub(super) fn add(&mut self, row: u32, column: u32, value: &DataRef<'_>) -> Result<(), Trouble> {
        let text = text(value);
        if text.trim().is_empty() {
            return Ok(());
        }
        let line = u64::from(row) + 1;
        if line != self.current.line {
            self.finish();
            if self.rows.last().is_some_and(|last| last.line >= line) {
                return Err(Trouble::Bad("its rows are out of order".to_owned()));
            }
            self.current.line = line;
        }
        let column = column as usize;
        if column >= MOST_COLUMNS {
            return Err(Trouble::Wide(column + 1));
        }
        if column < self.current.ends.len() {
            return Err(Trouble::Bad("its cells are out of order".to_owned()));
        }
        while self.current.ends.len() < column {
            self.current.end_cell("");
        }
        self.bytes += text.len() as u64 + 5;
        if self.bytes > MOST_UNPACKED || self.current.text.len() + text.len() > u32::MAX as usize / 2 {
            return Err(Trouble::Large);
        }
        self.current.end_cell(&text);
        Ok(())
    }

    /// Closes the row that is being filled.
    pub(super) fn finish(&mut self) {
        let mut row = std::mem::take(&mut self.current);
        if !row.ends.is_empty() {
            row.text.shrink_to_fit();
            row.ends.shrink_to_fit();
            self.rows.push(row);
        }
    }
}

impl SheetRow {
    fn end_cell(&mut self, text: &str) {
        self.text.push_str(text);
        self.ends.push(self.text.len() as u32);
        self.text.push('\u{1f}');
    }
}

/// A cell of an older kind of workbook as one of a newer.
pub(super) fn borrowed(value: &Data) -> DataRef<'_> {
    match value {
        Data::Int(number) => DataRef::Int(*number),
        Data::Float(number) => DataRef::Float(*number),
        Data::String(text) => DataRef::SharedString(text),
        Data::Bool(truth) => DataRef::Bool(*truth),
        Data::DateTime(at) => DataRef::DateTime(*at),
        Data::DateTimeIso(text) | Data::DurationIso(text) => DataRef::SharedString(text),
        Data::Error(_) | Data::Empty => DataRef::Empty,
        // Text in runs of different fonts, and whatever a newer library tells apart.
        #[expect(unreachable_patterns, reason = "kinds that only some versions have")]
        other => DataRef::String(other.to_string()),
    }
}

/// A cell as a person would have typed it: whole numbers without `.0`, dates in ISO form, errors as nothing.
fn text(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Empty | DataRef::Error(_) => String::new(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            text.replace('\0', "")
        }
        DataRef::SharedString(text) => text.replace('\0', ""),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number.to_string(),
        DataRef::Bool(true) => "true".to_owned(),
        DataRef::Bool(false) => "false".to_owned(),
        DataRef::DateTime(at) => date(at),
    }
}

fn date(at: &ExcelDateTime) -> String {
    if !at.is_datetime() {
        return at.as_f64().to_string();
    }
    let (year, month, day, hour, minute, second, _) = at.to_ymd_hms_milli();
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
}

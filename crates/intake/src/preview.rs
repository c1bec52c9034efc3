//! A first look at a file: its format, its columns, what they seem to mean, and its first rows. An import freezes
//! format and mapping from here; `POST /imports/preview` shows them.

use crate::format::{self, Format, HEAD, TextFormat, detect};
use crate::rows::{MOST_COLUMNS, RowReader, Rows};
use crate::workbook::WorkbookRows;
use crate::{FileError, Mapping};
use model::import::RowError;
use serde::Serialize;
use std::io::{Read, Seek, SeekFrom};

/// How many rows are shown.
pub const PREVIEW_ROWS: usize = 20;

/// What a file looks like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Preview {
    /// How it is read.
    pub format: Format,
    /// The headers, or `column 1` … where it has none.
    pub columns: Vec<String>,
    /// What each column seems to mean. Apply overrides, then [`Mapping::check`].
    pub mapping: Mapping,
    /// The first data rows that can be read, at most [`PREVIEW_ROWS`].
    pub rows: Vec<PreviewRow>,
}

/// A row as it stands in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PreviewRow {
    /// From 1.
    pub line: u64,
    /// Its cells.
    pub cells: Vec<String>,
}

/// Looks at a file. The name helps only where the bytes leave the kind open.
///
/// # Errors
/// Any [`FileError`] but those of a mapping: nothing of the file can be used.
pub fn inspect<R: Read + Seek>(mut reader: R, name: &str) -> Result<Preview, FileError> {
    reader.seek(SeekFrom::Start(0))?;
    let mut head = Vec::with_capacity(HEAD);
    reader.by_ref().take(HEAD as u64).read_to_end(&mut head)?;
    let whole = head.len() < HEAD;
    match detect(&head, whole, name)? {
        Format::Delimited(text) => {
            let text = TextFormat { has_header: false, ..text };
            let first = first_rows(&mut RowReader::open(reader, &text, 0, None)?)?;
            let (has_header, columns, mapping, rows) = settle(first)?;
            Ok(Preview {
                format: Format::Delimited(TextFormat { has_header, ..text }),
                columns,
                mapping,
                rows,
            })
        }
        Format::Workbook { workbook, .. } => {
            let first = first_rows(&mut WorkbookRows::open(reader, workbook, false, 0, None)?)?;
            let (has_header, columns, mapping, rows) = settle(first)?;
            Ok(Preview { format: Format::Workbook { workbook, has_header }, columns, mapping, rows })
        }
    }
}

/// Opens the rows of a file whose format and mapping are known.
///
/// # Errors
/// [`FileError`] when it cannot be read.
pub fn open_rows<R: Read + Seek + Send + 'static>(
    reader: R,
    format: &Format,
    columns: usize,
    resume: Option<crate::Resume>,
) -> Result<Box<dyn Rows + Send>, FileError> {
    Ok(match format {
        Format::Delimited(text) => Box::new(RowReader::open(reader, text, columns, resume)?),
        Format::Workbook { workbook, has_header } => {
            Box::new(WorkbookRows::open(reader, *workbook, *has_header, columns, resume)?)
        }
    })
}

type FirstRow = Result<PreviewRow, RowError>;

fn first_rows(rows: &mut dyn Rows) -> Result<Vec<FirstRow>, FileError> {
    let mut first = Vec::new();
    while first.len() <= PREVIEW_ROWS {
        let Some(row) = rows.next_row()? else { break };
        let row =
            row.map(|row| PreviewRow { line: row.line(), cells: row.cells().map(str::to_owned).collect() });
        if let Ok(row) = &row
            && row.cells.len() > MOST_COLUMNS
        {
            return Err(FileError::TooManyColumns { found: row.cells.len(), most: MOST_COLUMNS });
        }
        first.push(row);
    }
    Ok(first)
}

fn settle(first: Vec<FirstRow>) -> Result<(bool, Vec<String>, Mapping, Vec<PreviewRow>), FileError> {
    let mut first = first.into_iter();
    let (has_header, headers, mut rows) = match first.next() {
        None => return Err(FileError::Empty),
        Some(Err(error)) => return Err(FileError::BadFirstLine(error.reason)),
        Some(Ok(row)) if format::looks_like_header(&row.cells) => (true, Some(row.cells), Vec::new()),
        Some(Ok(row)) => (false, None, vec![row]),
    };
    let read = first.len();
    rows.extend(first.flatten());
    if has_header && read == 0 {
        return Err(FileError::NoRows);
    }
    rows.truncate(PREVIEW_ROWS);
    let cells: Vec<Vec<String>> = rows.iter().map(|row| row.cells.clone()).collect();
    let mapping = Mapping::propose(headers.as_deref(), &cells);
    let columns = mapping.columns.iter().map(|column| column.header.clone()).collect();
    Ok((has_header, columns, mapping, rows))
}

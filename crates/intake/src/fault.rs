//! Why a whole file cannot be read. A row that cannot be read is a [`model::import::RowError`] instead.

/// A file that gives no rows at all; nothing of it should be stored.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// No bytes, or nothing but blank lines.
    #[error("the file is empty")]
    Empty,
    /// Not text and not a workbook; the field says what it looks like.
    #[error("not a lead file: {0}")]
    NotALeadFile(&'static str),
    /// A header and nothing under it.
    #[error("the file has a header and no rows")]
    NoRows,
    /// The first line cannot be read, so nothing behind it can.
    #[error("the first line cannot be read: {0}")]
    BadFirstLine(String),
    /// The same header twice.
    #[error(
        "columns with the same header: {0}; say what each is, by its number, such as 2=phone, or 2=ignore to leave it out"
    )]
    DuplicateColumns(String),
    /// More columns than a lead list has.
    #[error("{found} columns; at most {most} are read")]
    TooManyColumns {
        /// How many there are (counting may have stopped early).
        found: usize,
        /// The limit.
        most: usize,
    },
    /// No column holds a phone or an e-mail address.
    #[error(
        "no column for phone or e-mail was recognised among: {0}; name one, e.g. --map \"Column name=phone\""
    )]
    NoContactColumn(String),
    /// An Asterisk `Master.csv`.
    #[error(
        "this is a call log (Asterisk Master.csv), not a lead list; to import the numbers it called as leads, map dst=phone"
    )]
    CallLog,
    /// An override names a column the file does not have.
    #[error("no column {column:?}; the file has: {known}")]
    UnknownColumn {
        /// As given.
        column: String,
        /// The headers there are.
        known: String,
    },
    /// An override that is not `COLUMN=FIELD`, or a field that does not exist.
    #[error("cannot map {given:?}: {why}")]
    BadMapping {
        /// As given.
        given: String,
        /// What is wrong with it.
        why: String,
    },
    /// A workbook over the cap on the file itself. Answer 413.
    #[error("the workbook is larger than the cap of {cap_mib} MiB; save it as CSV")]
    WorkbookTooLarge {
        /// The cap.
        cap_mib: u64,
    },
    /// A workbook that unpacks to more than the cap. Answer 413.
    #[error("the workbook unpacks to more than the cap of {cap_mib} MiB; save it as CSV")]
    UnpacksTooLarge {
        /// The cap.
        cap_mib: u64,
    },
    /// A workbook that cannot be opened.
    #[error("the workbook cannot be read: {0}")]
    BadWorkbook(String),
    /// The bytes could not be read.
    #[error("the file could not be read")]
    Io(#[from] std::io::Error),
}

impl FileError {
    /// The file is over a cap: the web answers 413 rather than 422.
    pub fn is_too_large(&self) -> bool {
        matches!(self, Self::WorkbookTooLarge { .. } | Self::UnpacksTooLarge { .. })
    }
}

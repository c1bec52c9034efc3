//! Which column is which field: proposed from headers and first rows, overridden by the user, frozen with the import.

use super::{Field, headers};
use crate::FileError;
use crate::text::key;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// The columns of a VICIdial lead file, which has no header.
const DIALLER: [(&str, Field); 26] = [
    ("vendor_lead_code", Field::ExternalId),
    ("source_id", Field::Custom),
    ("list_id", Field::Custom),
    ("phone_code", Field::PhoneCode),
    ("phone_number", Field::Phone),
    ("title", Field::Custom),
    ("first_name", Field::FirstName),
    ("middle", Field::Custom),
    ("last_name", Field::LastName),
    ("address1", Field::Custom),
    ("address2", Field::Custom),
    ("address3", Field::Custom),
    ("city", Field::City),
    ("state", Field::Region),
    ("province", Field::Custom),
    ("postal_code", Field::PostalCode),
    ("country", Field::Country),
    ("gender", Field::Custom),
    ("date_of_birth", Field::Custom),
    ("alt_phone", Field::AltPhone),
    ("email", Field::Email),
    ("security_phrase", Field::Custom),
    ("comments", Field::Description),
    ("called_count", Field::Custom),
    ("status", Field::Custom),
    ("entry_date", Field::CreatedAt),
];

/// The columns of an Asterisk `Master.csv`, which has no header.
const CALL_LOG: &str = "accountcode src dst dcontext clid channel dstchannel lastapp lastdata start answer end duration \
                        billsec disposition amaflags uniqueid userfield";

/// One column of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its header, or `column 3` where it has none.
    pub header: String,
    /// What it means.
    pub field: Field,
}

/// What each column of a file means, in the file's order.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Mapping {
    /// The columns.
    pub columns: Vec<Column>,
    /// The file is an Asterisk call log: refused unless a column is mapped by hand.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub call_log: bool,
}

impl Mapping {
    /// Proposes a mapping from the headers, or for a file without them (`None`) from its first rows.
    pub fn propose(headers: Option<&[String]>, rows: &[Vec<String>]) -> Self {
        match headers {
            Some(headers) => Self::from_headers(headers),
            None => Self::from_rows(rows),
        }
    }

    fn from_headers(names: &[String]) -> Self {
        let persons_title = names.iter().any(|name| headers::is_company(name));
        let mut columns: Vec<Column> = Vec::with_capacity(names.len());
        let mut taken = Vec::new();
        for (index, name) in names.iter().enumerate() {
            let mut field = headers::recognise(name).unwrap_or(Field::Custom);
            let repeated =
                taken.contains(&field) && !matches!(field, Field::Phone | Field::AltPhone | Field::Email);
            if repeated || (field == Field::Title && persons_title) {
                field = Field::Custom;
            }
            taken.push(field);
            let header = name.split_whitespace().collect::<Vec<_>>().join(" ");
            let header = if header.is_empty() { number(index) } else { header };
            columns.push(Column { header, field });
        }
        Self { columns, call_log: false }
    }

    fn from_rows(rows: &[Vec<String>]) -> Self {
        let width = rows.iter().map(Vec::len).max().unwrap_or(0);
        if most(rows, is_dialler_row) {
            let known =
                DIALLER.iter().map(|(header, field)| Column { header: (*header).to_owned(), field: *field });
            let more =
                (DIALLER.len()..width).map(|index| Column { header: number(index), field: Field::Custom });
            return Self { columns: known.chain(more).take(width).collect(), call_log: false };
        }
        if most(rows, is_call_row) {
            let column = |header: &str| Column { header: header.to_owned(), field: Field::Custom };
            return Self {
                columns: CALL_LOG.split_whitespace().map(column).take(width).collect(),
                call_log: true,
            };
        }
        let mut named = false;
        let mut columns = Vec::with_capacity(width);
        for index in 0..width {
            let holds =
                |test: fn(&str) -> bool| most(rows, |row| row.get(index).is_some_and(|cell| test(cell)));
            let field = if holds(|cell| crate::email::parse(cell).is_ok()) {
                Field::Email
            } else if holds(is_phone_like) {
                Field::Phone
            } else if !named && holds(|cell| cell.chars().any(char::is_alphabetic)) {
                named = true;
                Field::Name
            } else {
                Field::Custom
            };
            columns.push(Column { header: number(index), field });
        }
        Self { columns, call_log: false }
    }

    /// Applies overrides of the form `COLUMN=FIELD`: the column by its header (spelling as loose as in
    /// [`super::recognise`]) or its number from 1. A field given to a column by hand is taken from the column that
    /// had it by proposal (which stays as a custom field), except phones and e-mails, which may be several.
    ///
    /// # Errors
    /// [`FileError::BadMapping`], [`FileError::UnknownColumn`].
    pub fn with_overrides<S: AsRef<str>>(mut self, overrides: &[S]) -> Result<Self, FileError> {
        let mut by_hand = Vec::new();
        for given in overrides {
            let given = given.as_ref();
            let bad = |why: String| FileError::BadMapping { given: given.to_owned(), why };
            let (column, field) =
                given.rsplit_once('=').ok_or_else(|| bad("write COLUMN=FIELD".to_owned()))?;
            let field: Field = field.parse().map_err(bad)?;
            let index = self.find(column)?;
            if by_hand.contains(&index) {
                return Err(bad("this column is mapped twice".to_owned()));
            }
            by_hand.push(index);
            self.columns[index].field = field;
        }
        for &chosen in &by_hand {
            let field = self.columns[chosen].field;
            if matches!(field, Field::Custom | Field::Ignore) {
                continue;
            }
            for index in (0..self.columns.len()).filter(|index| !by_hand.contains(index)) {
                if self.columns[index].field == field {
                    self.columns[index].field = Field::Custom;
                }
            }
        }
        Ok(self)
    }

    fn find(&self, column: &str) -> Result<usize, FileError> {
        let wanted = column.trim();
        let exact = self.columns.iter().position(|known| known.header == wanted);
        let loose = || {
            self.columns.iter().position(|known| !key(wanted).is_empty() && key(&known.header) == key(wanted))
        };
        let numbered =
            || wanted.parse::<usize>().ok().filter(|n| (1..=self.columns.len()).contains(n)).map(|n| n - 1);
        exact
            .or_else(numbered)
            .or_else(loose)
            .ok_or_else(|| FileError::UnknownColumn { column: wanted.to_owned(), known: self.headers() })
    }

    /// Checks that leads can come of it: at least one phone or e-mail column, and no header that two columns of
    /// the same meaning share.
    ///
    /// # Errors
    /// [`FileError::DuplicateColumns`], [`FileError::CallLog`], [`FileError::NoContactColumn`].
    pub fn check(&self) -> Result<(), FileError> {
        let mut seen: HashMap<(String, Field), usize> = HashMap::new();
        let mut twice = Vec::new();
        for (index, column) in
            self.columns.iter().enumerate().filter(|(_, column)| column.field != Field::Ignore)
        {
            if let Some(first) = seen.insert((column.header.to_lowercase(), column.field), index) {
                twice.push(format!("{:?} ({} and {})", column.header, first + 1, index + 1));
            }
        }
        if !twice.is_empty() {
            return Err(FileError::DuplicateColumns(twice.join(", ")));
        }
        let contact = |column: &Column| matches!(column.field, Field::Phone | Field::AltPhone | Field::Email);
        match self.columns.iter().any(contact) {
            true => Ok(()),
            false if self.call_log => Err(FileError::CallLog),
            false => Err(FileError::NoContactColumn(self.headers())),
        }
    }

    fn headers(&self) -> String {
        let names: Vec<_> = self.columns.iter().map(|column| column.header.as_str()).collect();
        crate::text::cut(&names.join(", "), 1_000).to_owned()
    }
}

fn number(index: usize) -> String {
    format!("column {}", index + 1)
}

/// True of more than half of the rows.
fn most(rows: &[Vec<String>], test: impl Fn(&Vec<String>) -> bool) -> bool {
    rows.iter().filter(|row| test(row)).count() * 2 > rows.len()
}

fn digits(cell: &str, least: usize, most: usize) -> bool {
    (least..=most).contains(&cell.len()) && cell.bytes().all(|byte| byte.is_ascii_digit())
}

#[expect(clippy::ptr_arg, reason = "used as a test over rows")]
fn is_dialler_row(row: &Vec<String>) -> bool {
    (20..=40).contains(&row.len())
        && digits(&row[2], 0, 14)
        && digits(&row[3], 1, 4)
        && digits(&row[4], 6, 16)
}

#[expect(clippy::ptr_arg, reason = "used as a test over rows")]
fn is_call_row(row: &Vec<String>) -> bool {
    const ENDS: [&str; 5] = ["ANSWERED", "NO ANSWER", "BUSY", "FAILED", "CONGESTION"];
    (16..=18).contains(&row.len()) && ENDS.contains(&row[14].as_str()) && row[9].contains(':')
}

fn is_phone_like(cell: &str) -> bool {
    let count = cell.bytes().filter(u8::is_ascii_digit).count();
    let phone_only =
        |c: char| c.is_ascii_digit() || matches!(c, '+' | ' ' | '-' | '(' | ')' | '.' | 'p' | ':');
    (7..=16).contains(&count) && cell.chars().all(phone_only)
}

//! A row to a lead.
//!
//! Nothing is lost in silence: a cell that cannot be used for its field is kept in the lead's custom fields (under
//! `phone_unreadable`, `email_unreadable`, or its own header), or the row is rejected with the reason. A row is
//! rejected only when it has neither a usable phone nor a usable e-mail address, or when a text is far too long.

mod values;

use crate::fields::{Field, Mapping};
use crate::rows::Row;
use crate::text::{clean, longer_than, one_line};
use crate::{email, phone};
use jiff::tz::TimeZone;
use model::LeadDraft;
use model::import::RowError;
use model::lead::Consent;
use serde_json::Value;
pub(crate) use values::{decimal, parse_urgency, skills};

/// The longest name, in characters.
pub const MOST_NAME: usize = 200;
/// The longest category, city or external id, in characters.
pub const MOST_WORD: usize = 200;
/// The longest other cell, in characters.
pub const MOST_TEXT: usize = 10_000;

/// Why a row gives no lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowProblem {
    /// The header of the column at fault; empty when the row as a whole is.
    pub column: String,
    /// A sentence fragment without the value itself.
    pub reason: String,
}

impl RowProblem {
    /// With the row it is about, for the error report.
    pub fn of(self, row: &Row<'_>) -> RowError {
        RowError { line: row.line(), column: self.column, reason: self.reason, original: row.original() }
    }
}

/// Turns rows into leads. Made once per import.
pub struct RowConverter {
    mapping: Mapping,
    region: String,
    zone: TimeZone,
    month_first: bool,
}

/// What is gathered while the cells are gone through.
#[derive(Default)]
struct Gathered<'a> {
    first: &'a str,
    last: &'a str,
    code: &'a str,
    /// Column of the first phone or e-mail that could not be used, and why.
    bad_phone: Option<(usize, phone::PhoneError)>,
    bad_email: Option<(usize, email::EmailError)>,
}

impl RowConverter {
    /// `region` is where phones without a country code are read (ISO 3166), `zone` where times without an offset
    /// are. Dates like 03/04/2025 have the day first, except in regions that write the month first.
    pub fn new(mapping: Mapping, region: &str, zone: TimeZone) -> Self {
        let month_first = matches!(region, "US" | "PH" | "PR" | "GU" | "AS" | "VI" | "FM" | "MH" | "PW");
        Self { mapping, region: region.to_owned(), zone, month_first }
    }

    /// The frozen mapping.
    pub fn mapping(&self) -> &Mapping {
        &self.mapping
    }

    /// The lead a row describes.
    ///
    /// # Errors
    /// [`RowProblem`] naming the column and the reason.
    pub fn convert(&self, row: &Row<'_>) -> Result<LeadDraft, RowProblem> {
        let mut draft = LeadDraft::default();
        let mut gathered = Gathered::default();
        for (index, column) in self.mapping.columns.iter().enumerate() {
            let cell = row.get(index).trim();
            if cell.is_empty() || column.field == Field::Ignore {
                continue;
            }
            if longer_than(cell, MOST_TEXT) {
                return Err(self.problem(index, format!("longer than {MOST_TEXT} characters")));
            }
            self.take(index, column.field, cell, &mut draft, &mut gathered);
        }
        self.take_phones(row, &mut draft, &mut gathered);
        self.take_name(&mut draft, &gathered)?;
        if draft.phone.is_none() && draft.email.is_none() {
            return Err(self.unreachable(&gathered));
        }
        Ok(draft)
    }

    fn take<'a>(
        &self,
        index: usize,
        field: Field,
        cell: &'a str,
        draft: &mut LeadDraft,
        gathered: &mut Gathered<'a>,
    ) {
        let details = &mut draft.details;
        let used = match field {
            Field::Name => set(&mut draft.name, || Some(one_line(cell).into_owned())),
            Field::FirstName => {
                gathered.first = cell;
                true
            }
            Field::LastName => {
                gathered.last = cell;
                true
            }
            Field::PhoneCode => {
                gathered.code = cell;
                true
            }
            // Later: the code may stand to the right of the number.
            Field::Phone | Field::AltPhone | Field::Ignore => true,
            Field::Email => return self.take_email(index, cell, draft, gathered),
            Field::Title => set(&mut details.title, || Some(one_line(cell).into_owned())),
            Field::Description => set(&mut details.description, || Some(clean(cell).into_owned())),
            Field::Category => set(&mut draft.category, || word(cell)),
            Field::Country => set(&mut details.country, || Some(one_line(cell).into_owned())),
            Field::Region => set(&mut details.region, || Some(one_line(cell).into_owned())),
            Field::City => set(&mut draft.city, || word(cell)),
            Field::Suburb => set(&mut details.suburb, || Some(one_line(cell).into_owned())),
            Field::PostalCode => set(&mut details.postal_code, || Some(one_line(cell).into_owned())),
            Field::Lat => set(&mut details.lat, || values::degrees(cell, 90.0)),
            Field::Lon => set(&mut details.lon, || values::degrees(cell, 180.0)),
            Field::Urgency => set(&mut draft.urgency, || parse_urgency(cell)),
            Field::Value => set(&mut draft.value, || decimal(cell)),
            Field::ExternalId => set(&mut draft.external_id, || word(cell)),
            Field::CreatedAt => {
                set(&mut details.enquired_at, || values::instant(cell, &self.zone, self.month_first))
            }
            Field::Skills => {
                draft.required_skills = skills(cell.split([',', ';', '|']));
                true
            }
            Field::ConsentText => set(&mut consent(draft).text, || Some(clean(cell).into_owned())),
            Field::ConsentUrl => set(&mut consent(draft).url, || Some(one_line(cell).into_owned())),
            Field::Custom => false,
        };
        if !used {
            self.keep(index, cell, draft);
        }
    }

    fn take_email<'a>(
        &self,
        index: usize,
        cell: &'a str,
        draft: &mut LeadDraft,
        gathered: &mut Gathered<'a>,
    ) {
        match email::parse(cell) {
            Ok(email) if draft.email.is_none() => draft.email = Some(email),
            Ok(_) => self.keep(index, cell, draft),
            Err(reason) => {
                if gathered.bad_email.is_none() {
                    gathered.bad_email = Some((index, reason));
                }
                keep_as("email_unreadable", cell, draft);
            }
        }
    }

    fn take_phones(&self, row: &Row<'_>, draft: &mut LeadDraft, gathered: &mut Gathered<'_>) {
        for wanted in [Field::Phone, Field::AltPhone] {
            for (index, column) in self.mapping.columns.iter().enumerate() {
                if column.field != wanted {
                    continue;
                }
                let cell = row.get(index).trim();
                if cell.is_empty() {
                    continue;
                }
                if draft.phone.is_some() {
                    self.keep(index, cell, draft);
                    continue;
                }
                let parsed = match gathered.code {
                    "" => phone::parse(cell, &self.region),
                    code => phone::parse_with_code(code, cell, &self.region),
                };
                match parsed {
                    Ok(phone) => draft.phone = Some(phone),
                    Err(reason) => {
                        if gathered.bad_phone.is_none() {
                            gathered.bad_phone = Some((index, reason));
                        }
                        keep_as("phone_unreadable", cell, draft);
                    }
                }
            }
        }
    }

    fn take_name(&self, draft: &mut LeadDraft, gathered: &Gathered<'_>) -> Result<(), RowProblem> {
        if draft.name.as_ref().is_none_or(String::is_empty) {
            let joined = match (gathered.first, gathered.last) {
                ("", "") => None,
                (one, "") | ("", one) => Some(one_line(one).into_owned()),
                (first, last) => Some(one_line(&format!("{first} {last}")).into_owned()),
            };
            draft.name = joined.filter(|name| !name.is_empty());
        }
        if draft.name.as_ref().is_some_and(|name| longer_than(name, MOST_NAME)) {
            let fields = [Field::Name, Field::FirstName, Field::LastName];
            let index = self.mapping.columns.iter().position(|column| fields.contains(&column.field));
            return Err(
                self.problem(index.unwrap_or(0), format!("a name longer than {MOST_NAME} characters"))
            );
        }
        Ok(())
    }

    fn unreachable(&self, gathered: &Gathered<'_>) -> RowProblem {
        if let Some((index, reason)) = gathered.bad_phone {
            return self.problem(index, format!("phone: {reason}"));
        }
        if let Some((index, reason)) = gathered.bad_email {
            return self.problem(index, format!("e-mail: {reason}"));
        }
        let contact = |field: Field| matches!(field, Field::Phone | Field::AltPhone | Field::Email);
        let index = self.mapping.columns.iter().position(|column| contact(column.field));
        self.problem(index.unwrap_or(0), "neither phone nor e-mail".to_owned())
    }

    fn problem(&self, index: usize, reason: String) -> RowProblem {
        let column = self.mapping.columns.get(index).map_or_else(String::new, |column| column.header.clone());
        RowProblem { column, reason }
    }

    fn keep(&self, index: usize, cell: &str, draft: &mut LeadDraft) {
        keep_as(&self.mapping.columns[index].header, cell, draft);
    }
}

/// Sets a field that is still empty; false when it was taken or the cell gives nothing.
fn set<T>(slot: &mut Option<T>, value: impl FnOnce() -> Option<T>) -> bool {
    if slot.is_some() {
        return false;
    }
    *slot = value();
    slot.is_some()
}

/// One line, as long as a database index takes; a longer cell is kept as a custom field.
fn word(cell: &str) -> Option<String> {
    let word = one_line(cell);
    (!word.is_empty() && !longer_than(&word, MOST_WORD)).then(|| word.into_owned())
}

fn consent(draft: &mut LeadDraft) -> &mut Consent {
    draft.details.consent.get_or_insert(Consent { text: None, at: None, url: None })
}

/// Keeps a text as a custom field; a second one of the same name goes behind the first.
fn keep_as(name: &str, cell: &str, draft: &mut LeadDraft) {
    let cell = clean(cell);
    if cell.is_empty() {
        return;
    }
    match draft.details.custom.get_mut(name) {
        Some(Value::String(text)) => {
            text.push_str("; ");
            text.push_str(&cell);
        }
        _ => {
            draft.details.custom.insert(name.to_owned(), Value::String(cell.into_owned()));
        }
    }
}

//! Intake from outside: whole files in, leads and reasons out.
#![expect(clippy::unwrap_used, reason = "a failing helper fails its test")]

mod fixtures;
mod hostile;
mod phones;
mod resume;

use intake::{FileError, Preview, RowConverter, preview};
use model::LeadDraft;
use model::import::RowError;
use std::io::Cursor;

/// What an import would make of a file.
struct Outcome {
    preview: Preview,
    leads: Vec<LeadDraft>,
    rejected: Vec<RowError>,
}

fn import(bytes: &[u8], name: &str, map: &[&str]) -> Result<Outcome, FileError> {
    let preview = preview::inspect(Cursor::new(bytes.to_vec()), name)?;
    let mapping = preview.mapping.clone().with_overrides(map)?;
    mapping.check()?;
    // What is frozen must survive the database.
    let frozen = serde_json::to_string(&(&preview.format, &mapping)).unwrap();
    let (format, mapping): (intake::Format, intake::Mapping) = serde_json::from_str(&frozen).unwrap();
    let mut rows = preview::open_rows(Cursor::new(bytes.to_vec()), &format, mapping.columns.len(), None)?;
    let converter = RowConverter::new(mapping, "IN", jiff::tz::TimeZone::UTC);
    let (mut leads, mut rejected) = (Vec::new(), Vec::new());
    while let Some(row) = rows.next_row()? {
        match row {
            Err(error) => rejected.push(error),
            Ok(row) => match converter.convert(&row) {
                Ok(lead) => leads.push(lead),
                Err(problem) => rejected.push(problem.of(&row)),
            },
        }
    }
    assert_eq!(rows.position().rows as usize, leads.len() + rejected.len());
    Ok(Outcome { preview, leads, rejected })
}

fn refusal(bytes: &[u8], name: &str) -> FileError {
    match import(bytes, name, &[]) {
        Err(error) => error,
        Ok(outcome) => panic!("accepted {} leads", outcome.leads.len()),
    }
}

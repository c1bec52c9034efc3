//! A look at an upload before anything is promised: what it seems to be, or why it is refused.

use super::spool::{RemovePieces, Spooled, open_spool};
use super::worker::refusal;
use crate::{By, Engine, Failure};
use intake::preview::open_rows;
use intake::{FileError, Preview, RowConverter};
use model::LeadDraft;
use model::import::RowError;

/// The first rows of an upload as an import would read them: the line, and the lead it gives or why it gives none.
pub type Reading = Vec<Result<(u64, LeadDraft), RowError>>;

impl Engine {
    /// Reads the first `most` rows of an upload with the mapping of a look at it; nothing is stored.
    pub async fn read_first_rows(
        &self,
        by: &By,
        upload: &Spooled,
        look: &Preview,
        most: usize,
    ) -> Result<Reading, Failure> {
        let organization = store::organization::organization_fetch(self.reader(), by.org).await?;
        let zone = jiff::tz::TimeZone::get(&organization.timezone).unwrap_or(jiff::tz::TimeZone::UTC);
        let (engine, org, upload, look) = (self.clone(), by.org, upload.clone(), look.clone());
        let read = move || -> Result<Reading, FileError> {
            let file = open_spool(&engine, org, &upload.key, upload.bytes)?;
            let mut rows = open_rows(file, &look.format, look.mapping.columns.len(), None)?;
            let converter = RowConverter::new(look.mapping, &organization.region, zone);
            let mut read = Vec::new();
            while read.len() < most {
                let Some(row) = rows.next_row()? else { break };
                read.push(row.and_then(|row| match converter.convert(&row) {
                    Ok(draft) => Ok((row.line(), draft)),
                    Err(problem) => Err(problem.of(&row)),
                }));
            }
            Ok(read)
        };
        let read = tokio::task::spawn_blocking(read).await;
        read.map_err(|e| Failure::Internal(format!("reading an upload: {e}")))?.map_err(refusal)
    }

    /// What an upload looks like with `overrides` (`COLUMN=FIELD`) over the proposed mapping. A file of which
    /// nothing could be imported is refused; with `lenient`, a mapping that lacks something is shown all the same.
    pub async fn look_at_upload(
        &self,
        by: &By,
        upload: &Spooled,
        name: &str,
        overrides: &[String],
        lenient: bool,
    ) -> Result<Preview, Failure> {
        let (engine, org, upload) = (self.clone(), by.org, upload.clone());
        let (name, overrides) = (name.to_owned(), overrides.to_vec());
        let look = move || -> Result<Preview, FileError> {
            let file = open_spool(&engine, org, &upload.key, upload.bytes)?;
            let mut preview = intake::preview::inspect(file, &name)?;
            preview.mapping = preview.mapping.with_overrides(&overrides)?;
            if !lenient {
                preview.mapping.check()?;
            }
            Ok(preview)
        };
        let looked = tokio::task::spawn_blocking(look).await;
        looked.map_err(|e| Failure::Internal(format!("looking at an upload: {e}")))?.map_err(refusal)
    }

    /// Removes an upload that did not become an import.
    pub async fn discard_upload(&self, by: &By, upload: Spooled) -> Result<(), Failure> {
        if self.target().file().is_some() {
            let removed = tokio::fs::remove_file(&upload.key).await;
            return removed.map_err(|e| Failure::Busy(format!("the upload could not be removed: {e}")));
        }
        self.run(by, RemovePieces { key: upload.key }).await
    }
}

//! An upload that is on disk becomes an import: acknowledged, and from then on never lost.

use crate::assign::config::find_source;
use crate::batch::Batch;
use crate::source::CreateSource;
use crate::{By, Command, Refusal, Stop};
use model::import::{ImportCounts, ImportState};
use model::{DuplicatePolicy, ImportId, UploadId};
use serde::{Deserialize, Serialize};
use store::import::{Import, import_insert};
use uuid::Uuid;

/// How long a worker may be silent before another takes its import over, in seconds.
pub(crate) const LEASE_SECONDS: i64 = 10;

/// What the caller asked for; stored with the import.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ImportOptions {
    /// `COLUMN=FIELD`, over the proposed mapping.
    pub mapping: Vec<String>,
    /// Leads wait instead of being given out.
    pub no_assign: bool,
    /// Instead of the organisation's policy.
    pub duplicates: Option<DuplicatePolicy>,
    /// The upload is somebody's own file and is left where it is.
    pub keep_file: bool,
}

/// An upload and what is to become of it.
#[derive(Debug, Clone)]
pub struct NewImport {
    /// The source, by name or id.
    pub source: String,
    /// Create the source if it does not exist.
    pub create_source: bool,
    /// As the caller named it.
    pub file_name: String,
    /// Where it is: from [`crate::import::SpoolWriter::finish`], or a path of the caller's own.
    pub spool: String,
    /// Its size.
    pub bytes: u64,
    /// The kept upload it is; it is one no more, so that it is started once.
    pub upload: Option<UploadId>,
    /// The rest.
    pub options: ImportOptions,
}

/// Registers an upload as an import that `worker` will begin at once.
pub struct RegisterImport {
    pub(crate) new: NewImport,
    pub(crate) worker: String,
}

impl RegisterImport {
    /// For this process's engine.
    pub fn new(engine: &crate::Engine, new: NewImport) -> Self {
        Self { new, worker: engine.name().to_owned() }
    }
}

impl Command for RegisterImport {
    type Output = Import;

    async fn run(&mut self, by: &By, batch: &mut Batch<'_>) -> Result<Import, Stop> {
        let source = match find_source(batch, by, &self.new.source).await {
            Err(Stop::Refused(Refusal::NotFound(_))) if self.new.create_source => {
                CreateSource { name: self.new.source.clone() }.run(by, batch).await?
            }
            Err(Stop::Refused(Refusal::NotFound(_))) => {
                return Err(Refusal::UnknownSource(self.new.source.clone()).into());
            }
            other => other?,
        };
        if !source.active {
            return Err(Refusal::SourceInactive.into());
        }
        if let Some(upload) = self.new.upload {
            super::upload::forget(batch, by, upload).await?;
        }
        let now = batch.now;
        let options =
            serde_json::to_value(&self.new.options).map_err(|e| store::Error::Corrupt(e.to_string()))?;
        let counter = batch.counter(by.org).await?;
        counter.import_no += 1;
        let import = Import {
            org: by.org,
            import_no: counter.import_no,
            id: ImportId(Uuid::now_v7()),
            source_no: source.source_no,
            state: ImportState::Queued,
            file_name: self.new.file_name.chars().take(255).collect(),
            spool: self.new.spool.clone(),
            options,
            plan: None,
            resume: None,
            bytes_total: self.new.bytes as i64,
            bytes_read: 0,
            counts: ImportCounts::default(),
            message: None,
            batch_id: Uuid::now_v7(),
            worker: Some(self.worker.clone()),
            worker_until: now.plus_seconds(LEASE_SECONDS).0,
            actor: by.actor.clone(),
            created_at: now.0,
            finished_at: None,
        };
        import_insert(batch.tx, &import).await?;
        Ok(import)
    }
}

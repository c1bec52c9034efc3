//! Working an import off: one thread reads and converts, the committer stores, two chunks ahead at most.

use super::chunk::{Belt, Chunk, ChunkDone, Rows, Unit, progress_event};
use super::register::{ImportOptions, LEASE_SECONDS};
use super::spool::{RemovePieces, open_spool};
use crate::batch::Batch;
use crate::notice::{To, What};
use crate::{By, Command, Engine, Failure, Refusal, Stop};
use intake::preview::{inspect, open_rows};
use intake::{FileError, Format, Mapping, Resume, RowConverter};
use model::import::ImportState;
use model::{DuplicatePolicy, ImportId, LeadId, NotificationKind};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use store::import::{Import, import_claim, import_fetch, import_progress};
use store::lead::LeadRow;
use tokio::sync::mpsc;
use uuid::Uuid;

/// Rows that are read together; also the most that are stored together while others wait for the writer.
const UNIT: usize = 100;
/// Units read ahead.
const AHEAD: usize = 60;
/// How often an import that met a passing trouble is begun anew where it stands before it is left to the job.
const ATTEMPTS: usize = 5;

/// Format, mapping and rules of an import, frozen when its first row is read.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Plan {
    format: Format,
    mapping: Mapping,
    region: String,
    timezone: String,
    duplicates: DuplicatePolicy,
}

/// An import that this process has taken.
#[derive(Debug, Clone)]
pub struct ImportTicket {
    /// As it stood when it was taken.
    pub import: Import,
}

impl Engine {
    /// Works an import off that this process holds; `told` hears of each chunk. Returns it as it ended.
    pub async fn work_import(
        &self,
        ticket: ImportTicket,
        mut told: impl FnMut(&Import),
    ) -> Result<Import, Failure> {
        let by = By { actor: ticket.import.actor.clone(), ..By::system(ticket.import.org) };
        let mut import = ticket.import;
        let mut attempts = 0;
        loop {
            match self.read_and_store(&by, &mut import, &mut told).await {
                Ok(()) => break,
                Err(Failure::Refused(refusal)) => {
                    import.state = ImportState::Failed;
                    import.message = Some(refusal.to_string());
                    break;
                }
                // Not the file's fault: another worker, or this one later, goes on where it stands.
                Err(error) if attempts == ATTEMPTS => return Err(error),
                Err(error) => {
                    tracing::warn!(%error, import = %import.id, "beginning anew where the import stands")
                }
            }
            attempts += 1;
            import = import_fetch(self.reader(), by.org, import.id).await?;
        }
        let ended = self.run(&by, EndImport { import, worker: self.name().to_owned() }).await?;
        self.remove_spool(&by, &ended).await;
        told(&ended);
        Ok(ended)
    }

    /// Takes an unfinished import whose worker is gone.
    pub async fn claim_import(&self) -> Result<Option<ImportTicket>, Failure> {
        let by = By::system(model::OrgId(0));
        self.run_quietly(&by, ClaimImport { worker: self.name().to_owned() }).await
    }

    async fn remove_spool(&self, by: &By, import: &Import) {
        let options: ImportOptions = serde_json::from_value(import.options.clone()).unwrap_or_default();
        if options.keep_file {
            return;
        }
        let removed = match self.target().file() {
            Some(_) => tokio::fs::remove_file(&import.spool).await.map_err(|e| e.to_string()),
            None => {
                let command = RemovePieces { key: import.spool.clone() };
                self.run_quietly(by, command).await.map_err(|e| e.to_string())
            }
        };
        if let Err(error) = removed {
            tracing::warn!(%error, import = %import.id, "the upload of a finished import could not be removed");
        }
    }

    async fn read_and_store(
        &self,
        by: &By,
        import: &mut Import,
        told: &mut impl FnMut(&Import),
    ) -> Result<(), Failure> {
        let options: ImportOptions = serde_json::from_value(import.options.clone())
            .map_err(|e| Failure::Internal(format!("options of an import: {e}")))?;
        let plan = self.plan(import, &options).await?;
        import.plan = Some(serde_json::to_value(&plan).map_err(|e| Failure::Internal(e.to_string()))?);
        import.state = ImportState::Running;
        let resume: Option<Resume> = import
            .resume
            .clone()
            .map(serde_json::from_value)
            .transpose()
            .map_err(|e| Failure::Internal(format!("place of an import: {e}")))?;
        let (sender, units) = mpsc::channel(AHEAD);
        let (used, give_back) = std::sync::mpsc::channel();
        let reading = {
            let (engine, import, plan) = (self.clone(), import.clone(), plan.clone());
            tokio::task::spawn_blocking(move || read(&engine, &import, &plan, resume, &sender, &give_back))
        };
        let belt = Arc::new(Belt { units: Mutex::new(units), used });
        let mut breakdown = self.breakdown_so_far(import).await?;
        while let Some(unit) = self.next_unit(by, &belt, import).await? {
            let chunk = Chunk {
                import: import.clone(),
                first: Some(unit),
                belt: belt.clone(),
                queue: self.queue().clone(),
                policy: plan.duplicates,
                assign: !options.no_assign,
                worker: self.name().to_owned(),
                breakdown,
            };
            let done: ChunkDone = self.run_bulk(by, chunk).await?;
            (*import, breakdown) = (done.import, done.breakdown);
            told(import);
        }
        drop(belt);
        let read = reading.await.map_err(|e| Failure::Internal(format!("reading an import: {e}")))?;
        read.map_err(refusal)?;
        import.state = ImportState::Done;
        import.bytes_read = import.bytes_total;
        Ok(())
    }

    /// The next rows; while the reader is busy with a large workbook the lease is kept.
    async fn next_unit(&self, by: &By, belt: &Belt, import: &Import) -> Result<Option<Unit>, Failure> {
        let period = std::time::Duration::from_secs(LEASE_SECONDS as u64 / 3);
        loop {
            let received = std::future::poll_fn(|context| match belt.units.lock() {
                Ok(mut units) => units.poll_recv(context),
                Err(_) => std::task::Poll::Ready(None),
            });
            match tokio::time::timeout(period, received).await {
                Ok(unit) => return Ok(unit),
                Err(_) => {
                    let keep = KeepImport { import: import.clone(), worker: self.name().to_owned() };
                    self.run_quietly(by, keep).await?;
                }
            }
        }
    }

    async fn breakdown_so_far(&self, import: &Import) -> Result<BTreeMap<i64, i64>, Failure> {
        if import.counts.assigned == 0 {
            return Ok(BTreeMap::new());
        }
        let batches = store::assignment::batch_list(self.reader(), import.org, import.source_no, 100).await?;
        let parts = batches.into_iter().find(|b| b.id == import.batch_id).map(|b| b.breakdown);
        let number = |part: &serde_json::Value, key: &str| part.get(key).and_then(serde_json::Value::as_i64);
        let parts = parts.as_ref().and_then(serde_json::Value::as_array).cloned().unwrap_or_default();
        Ok(parts.iter().filter_map(|p| Some((number(p, "agent_no")?, number(p, "assigned")?))).collect())
    }

    /// The frozen plan, or the one that this file's first look gives.
    async fn plan(&self, import: &Import, options: &ImportOptions) -> Result<Plan, Failure> {
        if let Some(plan) = &import.plan {
            return serde_json::from_value(plan.clone())
                .map_err(|e| Failure::Internal(format!("plan of an import: {e}")));
        }
        let organization = store::organization::organization_fetch(self.reader(), import.org).await?;
        let (engine, copy, overrides) = (self.clone(), import.clone(), options.mapping.clone());
        let look = move || -> Result<(Format, Mapping), FileError> {
            let file = open_spool(&engine, copy.org, &copy.spool, copy.bytes_total as u64)?;
            let preview = inspect(file, &copy.file_name)?;
            let mapping = preview.mapping.with_overrides(&overrides)?;
            mapping.check()?;
            Ok((preview.format, mapping))
        };
        let looked = tokio::task::spawn_blocking(look).await;
        let looked = looked.map_err(|e| Failure::Internal(format!("looking at an import: {e}")))?;
        let (format, mapping) = looked.map_err(refusal)?;
        Ok(Plan {
            format,
            mapping,
            region: organization.region,
            timezone: organization.timezone,
            duplicates: options.duplicates.unwrap_or(organization.duplicate_policy),
        })
    }
}

/// What is wrong with a file, as a refusal.
pub(crate) fn refusal(error: FileError) -> Failure {
    match error {
        FileError::Io(error) => {
            Failure::Refused(Refusal::BadFile(format!("the file could not be read: {error}")))
        }
        error if error.is_too_large() => Failure::Refused(Refusal::TooLarge(error.to_string())),
        error => Failure::Refused(Refusal::BadFile(error.to_string())),
    }
}

/// Reads and converts rows until the file or the receiver ends.
fn read(
    engine: &Engine,
    import: &Import,
    plan: &Plan,
    resume: Option<Resume>,
    units: &mpsc::Sender<Unit>,
    used: &std::sync::mpsc::Receiver<Rows>,
) -> Result<(), FileError> {
    let file = open_spool(engine, import.org, &import.spool, import.bytes_total as u64)?;
    let mut source = open_rows(file, &plan.format, plan.mapping.columns.len(), resume)?;
    let zone = jiff::tz::TimeZone::get(&plan.timezone).unwrap_or(jiff::tz::TimeZone::UTC);
    let converter = RowConverter::new(plan.mapping.clone(), &plan.region, zone);
    loop {
        // Rows come back to the thread that made them: freeing elsewhere is slow, and their room is used again.
        let mut rows = used.try_iter().last().unwrap_or_default();
        rows.clear();
        let mut ended = false;
        while rows.leads.len() + rows.rejected.len() < UNIT {
            match source.next_row()? {
                None => {
                    ended = true;
                    break;
                }
                Some(Err(error)) => rows.rejected.push(error),
                Some(Ok(row)) => match converter.convert(&row) {
                    Ok(draft) => {
                        let id = LeadId(Uuid::now_v7());
                        let mut lead = LeadRow::new(import.org, 0, id, import.source_no, 0, draft);
                        lead.import_no = Some(import.import_no);
                        lead.import_row = Some(row.line() as i64);
                        rows.leads.push(lead);
                        rows.originals.push(row.original().into_boxed_str());
                    }
                    Err(problem) => rows.rejected.push(problem.of(&row)),
                },
            }
        }
        let unit = Unit { rows, resume: source.position() };
        let empty = unit.rows.leads.is_empty() && unit.rows.rejected.is_empty();
        if !empty && units.blocking_send(unit).is_err() {
            return Ok(());
        }
        if ended {
            return Ok(());
        }
    }
}

struct ClaimImport {
    worker: String,
}

impl Command for ClaimImport {
    type Output = Option<ImportTicket>;

    async fn run(&mut self, _by: &By, batch: &mut Batch<'_>) -> Result<Self::Output, Stop> {
        let until = batch.now.plus_seconds(LEASE_SECONDS).0;
        let import = import_claim(batch.tx, &self.worker, batch.now.0, until).await?;
        Ok(import.map(|import| ImportTicket { import }))
    }
}

struct KeepImport {
    import: Import,
    worker: String,
}

impl Command for KeepImport {
    type Output = ();

    async fn run(&mut self, _by: &By, batch: &mut Batch<'_>) -> Result<(), Stop> {
        let mut import = self.import.clone();
        import.worker_until = batch.now.plus_seconds(LEASE_SECONDS).0;
        Ok(import_progress(batch.tx, &import, &self.worker, import.counts.rows).await?)
    }
}

struct EndImport {
    import: Import,
    worker: String,
}

impl Command for EndImport {
    type Output = Import;

    async fn run(&mut self, by: &By, batch: &mut Batch<'_>) -> Result<Import, Stop> {
        let mut import = self.import.clone();
        import.finished_at = Some(batch.now.0);
        import_progress(batch.tx, &import, &self.worker, import.counts.rows).await?;
        batch.tell(by.org, progress_event(&import));
        batch.notify(by.org, To::Staff, finished(&import));
        Ok(import)
    }
}

/// What the staff is told of an import's end.
fn finished(import: &Import) -> What {
    let (file, counts) = (&import.file_name, import.counts);
    let known = match counts.duplicates {
        0 => String::new(),
        n => format!(", {n} known already"),
    };
    let failed = import.state == ImportState::Failed;
    let why = import.message.as_deref().filter(|_| failed).map_or(String::new(), |why| format!(": {why}"));
    let message = format!("{file}: {} accepted, {} rejected{known}{why}", counts.accepted, counts.rejected);
    let title = if failed { "Import failed" } else { "Import done" }.to_owned();
    What::Said { kind: NotificationKind::ImportFinished, title, message }
}

/// An import of the caller's organisation.
pub async fn import_view(engine: &Engine, by: &By, id: ImportId) -> Result<Import, Failure> {
    match import_fetch(engine.reader(), by.org, id).await {
        Err(store::Error::NotFound) => Err(Refusal::NotFound("import").into()),
        other => Ok(other?),
    }
}

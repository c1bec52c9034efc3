//! Sources: created, renamed, deactivated.

use crate::assign::config::find_source;
use crate::batch::Batch;
use crate::{By, Command, Refusal, Stop};
use model::{Area, SourceId};
use store::source::{Source, source_delete, source_insert, source_update};
use uuid::Uuid;

/// Adds a source.
#[derive(Debug, Clone)]
pub struct CreateSource {
    /// Its name, unique in the organisation in any case.
    pub name: String,
}

impl Command for CreateSource {
    type Output = Source;

    async fn run(&mut self, by: &By, batch: &mut Batch<'_>) -> Result<Source, Stop> {
        let name = clean(&self.name)?;
        let now = batch.now.0;
        if store::source::source_find(batch.tx, by.org, &name).await.is_ok() {
            return Err(Refusal::Taken("a source with this name exists".to_owned()).into());
        }
        let counter = batch.counter(by.org).await?;
        counter.source_no += 1;
        let source = Source {
            source_no: counter.source_no,
            id: SourceId(Uuid::now_v7()),
            name,
            active: true,
            created_at: now,
        };
        source_insert(batch.tx, by.org, &source).await?;
        batch.audit(by, Area::Source, source.id, format!("{:?} added", source.name));
        Ok(source)
    }
}

/// Changes a source; what is not given stays.
#[derive(Debug, Clone)]
pub struct UpdateSource {
    /// By name or id.
    pub source: String,
    /// A new name.
    pub name: Option<String>,
    /// Whether it takes leads.
    pub active: Option<bool>,
}

impl Command for UpdateSource {
    type Output = Source;

    async fn run(&mut self, by: &By, batch: &mut Batch<'_>) -> Result<Source, Stop> {
        let mut source = find_source(batch, by, &self.source).await?;
        let was = source.clone();
        if let Some(name) = &self.name {
            source.name = clean(name)?;
        }
        source.active = self.active.unwrap_or(source.active);
        match source_update(batch.tx, by.org, &source).await {
            Err(store::Error::Conflict(why)) => Err(Refusal::Taken(why).into()),
            other => {
                other?;
                if source.name != was.name {
                    batch.audit(
                        by,
                        Area::Source,
                        source.id,
                        format!("{:?} renamed {:?}", was.name, source.name),
                    );
                }
                if source.active != was.active {
                    let what = if source.active { "activated" } else { "deactivated" };
                    batch.audit(by, Area::Source, source.id, format!("{:?} {what}", source.name));
                }
                Ok(source)
            }
        }
    }
}

/// Removes a source without leads or history.
#[derive(Debug, Clone)]
pub struct DeleteSource {
    /// By name or id.
    pub source: String,
}

impl Command for DeleteSource {
    type Output = ();

    async fn run(&mut self, by: &By, batch: &mut Batch<'_>) -> Result<(), Stop> {
        let source = find_source(batch, by, &self.source).await?;
        match source_delete(batch.tx, by.org, source.source_no).await {
            Err(store::Error::Conflict(why)) => Err(Refusal::InUse(why).into()),
            other => {
                other?;
                batch.audit(by, Area::Source, source.id, format!("{:?} removed", source.name));
                Ok(())
            }
        }
    }
}

fn clean(name: &str) -> Result<String, Refusal> {
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let length = name.chars().count();
    if length == 0 || length > 100 || name.chars().any(char::is_control) || name.starts_with("source_") {
        let message = "must have 1 to 100 printable characters and not begin with source_".to_owned();
        return Err(Refusal::Invalid { field: "name", message });
    }
    Ok(name)
}

//! An upload that is kept while somebody looks at it: it becomes an import, is dropped, or goes after a day.

use super::spool::Spooled;
use crate::batch::Batch;
use crate::{By, Command, Engine, Failure, Refusal, Stop};
use model::UploadId;
use store::upload::{Upload, upload_delete, upload_fetch, upload_insert};
use uuid::Uuid;

/// Keeps an upload under an id, so that it need not be sent again.
#[derive(Debug, Clone)]
pub struct KeepUpload {
    /// What is on disk.
    pub spooled: Spooled,
    /// As the caller named it.
    pub file_name: String,
}

impl Command for KeepUpload {
    type Output = Upload;

    async fn run(&mut self, by: &By, batch: &mut Batch<'_>) -> Result<Upload, Stop> {
        let upload = Upload {
            id: UploadId(Uuid::now_v7()),
            file_name: self.file_name.chars().take(255).collect(),
            spool: self.spooled.key.clone(),
            bytes: self.spooled.bytes as i64,
            actor: by.actor.clone(),
            created_at: batch.now.0,
        };
        upload_insert(batch.tx, by.org, &upload).await?;
        Ok(upload)
    }
}

/// Forgets a kept upload; its bytes are removed with [`Engine::discard_upload`].
#[derive(Debug, Clone, Copy)]
pub struct DropUpload(pub UploadId);

impl Command for DropUpload {
    type Output = ();

    async fn run(&mut self, by: &By, batch: &mut Batch<'_>) -> Result<(), Stop> {
        forget(batch, by, self.0).await
    }
}

/// The upload is none any more. Whoever comes second is told that it is gone.
pub(crate) async fn forget(batch: &Batch<'_>, by: &By, id: UploadId) -> Result<(), Stop> {
    match upload_delete(batch.tx, by.org, id).await {
        Err(store::Error::NotFound) => Err(Refusal::NotFound("upload").into()),
        other => Ok(other?),
    }
}

/// A kept upload of the caller's organisation, and what is on disk of it.
pub async fn upload_view(engine: &Engine, by: &By, id: UploadId) -> Result<(Upload, Spooled), Failure> {
    let upload = match upload_fetch(engine.reader(), by.org, id).await {
        Err(store::Error::NotFound) => return Err(Refusal::NotFound("upload").into()),
        other => other?,
    };
    // Nobody compares a kept upload's hash.
    let spooled = Spooled { key: upload.spool.clone(), bytes: upload.bytes as u64, hash: [0; 32] };
    Ok((upload, spooled))
}

//! Where an upload waits: a file beside an embedded database, 1 MiB rows on PostgreSQL so that any node can go on.

use crate::batch::Batch;
use crate::{By, Command, Engine, Failure, Stop};
use model::OrgId;
use sha2::{Digest, Sha256};
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;
use store::{Reader, Target};
use tokio::io::AsyncWriteExt;
use uuid::Uuid;

/// The size of a piece on PostgreSQL, in bytes.
const PIECE: usize = 1 << 20;

/// An upload that is on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spooled {
    /// A file's path, or the key of its rows.
    pub key: String,
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256 of the bytes.
    pub hash: [u8; 32],
}

/// Takes an upload piece by piece. Dropped before [`SpoolWriter::finish`], what was written is removed.
pub struct SpoolWriter {
    engine: Engine,
    by: By,
    key: String,
    place: Place,
    bytes: u64,
    hasher: Sha256,
    finished: bool,
}

enum Place {
    File(PathBuf, tokio::io::BufWriter<tokio::fs::File>),
    Rows { next: i64, buffer: Vec<u8> },
}

fn failed(error: std::io::Error) -> Failure {
    Failure::Busy(format!("the upload could not be stored: {error}"))
}

/// The folder of uploads beside an embedded database.
pub(crate) fn folder(target: &Target) -> Option<PathBuf> {
    target.file().map(|file| {
        let mut name = file.file_name().unwrap_or_default().to_owned();
        name.push("-spool");
        file.with_file_name(name)
    })
}

impl Engine {
    /// Begins to store an upload.
    pub async fn spool(&self, by: &By) -> Result<SpoolWriter, Failure> {
        let name = Uuid::now_v7().simple().to_string();
        let (key, place) = match folder(self.target()) {
            Some(folder) => {
                tokio::fs::create_dir_all(&folder).await.map_err(failed)?;
                // Whole, so that it is found from wherever the program is started next.
                let path = tokio::fs::canonicalize(&folder).await.map_err(failed)?.join(&name);
                let file = tokio::fs::File::create(&path).await.map_err(failed)?;
                let key = path.to_string_lossy().into_owned();
                (key, Place::File(path, tokio::io::BufWriter::with_capacity(1 << 18, file)))
            }
            None => (name, Place::Rows { next: 0, buffer: Vec::with_capacity(PIECE) }),
        };
        Ok(SpoolWriter {
            engine: self.clone(),
            by: by.clone(),
            key,
            place,
            bytes: 0,
            hasher: Sha256::new(),
            finished: false,
        })
    }
}

impl SpoolWriter {
    /// Bytes taken so far.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Takes a piece of any size.
    pub async fn write(&mut self, mut data: &[u8]) -> Result<(), Failure> {
        self.bytes += data.len() as u64;
        self.hasher.update(data);
        match &mut self.place {
            Place::File(_, file) => file.write_all(data).await.map_err(failed),
            Place::Rows { next, buffer } => {
                while !data.is_empty() {
                    let room = PIECE - buffer.len();
                    let (now, later) = data.split_at(room.min(data.len()));
                    buffer.extend_from_slice(now);
                    data = later;
                    if buffer.len() == PIECE {
                        let piece = std::mem::replace(buffer, Vec::with_capacity(PIECE));
                        let command = StorePiece { key: self.key.clone(), n: *next, data: piece };
                        self.engine.run_bulk(&self.by, command).await?;
                        *next += 1;
                    }
                }
                Ok(())
            }
        }
    }

    /// Makes the upload durable.
    pub async fn finish(mut self) -> Result<Spooled, Failure> {
        match &mut self.place {
            Place::File(path, file) => {
                file.flush().await.map_err(failed)?;
                file.get_ref().sync_all().await.map_err(failed)?;
                if let Some(folder) = path.parent() {
                    let folder = tokio::fs::File::open(folder).await.map_err(failed)?;
                    folder.sync_all().await.map_err(failed)?;
                }
            }
            Place::Rows { next, buffer } => {
                let command = StorePiece { key: self.key.clone(), n: *next, data: std::mem::take(buffer) };
                self.engine.run_bulk(&self.by, command).await?;
            }
        }
        self.finished = true;
        let hash = std::mem::take(&mut self.hasher).finalize().into();
        Ok(Spooled { key: std::mem::take(&mut self.key), bytes: self.bytes, hash })
    }
}

impl Drop for SpoolWriter {
    fn drop(&mut self) {
        if self.finished {
            return;
        }
        match &self.place {
            Place::File(path, _) => {
                // Somebody may have removed it already.
                let _ = std::fs::remove_file(path);
            }
            Place::Rows { .. } => {
                let (engine, by, key) = (self.engine.clone(), self.by.clone(), self.key.clone());
                if let Ok(runtime) = tokio::runtime::Handle::try_current() {
                    runtime.spawn(async move { engine.run_quietly(&by, RemovePieces { key }).await });
                }
            }
        }
    }
}

#[derive(Clone)]
struct StorePiece {
    key: String,
    n: i64,
    data: Vec<u8>,
}

impl Command for StorePiece {
    type Output = ();

    async fn run(&mut self, by: &By, batch: &mut Batch<'_>) -> Result<(), Stop> {
        Ok(store::import::chunk_insert(batch.tx, by.org, &self.key, self.n, self.data.clone()).await?)
    }
}

pub(crate) struct RemovePieces {
    pub(crate) key: String,
}

impl Command for RemovePieces {
    type Output = ();

    async fn run(&mut self, by: &By, batch: &mut Batch<'_>) -> Result<(), Stop> {
        Ok(store::import::chunk_delete(batch.tx, by.org, &self.key).await?)
    }
}

/// Uploads older than this that no unfinished import names are removed, in seconds.
pub(crate) const ORPHANS_KEPT: i64 = 24 * 3600;

impl Engine {
    /// Removes uploads that were cut off before they became imports; returns how many files or pieces went.
    pub(crate) async fn remove_orphans(&self) -> Result<u64, Failure> {
        let old = self.now().plus_seconds(-ORPHANS_KEPT);
        let needed = store::import::spools_needed(self.reader()).await?;
        let Some(folder) = folder(self.target()) else {
            // Names are UUIDv7: their text has the order of their time.
            let time = uuid::Timestamp::from_unix_time((old.0 / 1_000_000).max(0) as u64, 0, 0, 0);
            let before = Uuid::new_v7(time).simple().to_string();
            return self.run_quietly(&By::system(OrgId(0)), RemoveOrphans { before, needed }).await;
        };
        let mut removed = 0;
        let Ok(mut entries) = tokio::fs::read_dir(&folder).await else { return Ok(0) };
        while let Ok(Some(entry)) = entries.next_entry().await {
            let path = entry.path().to_string_lossy().into_owned();
            let name = entry.file_name().to_string_lossy().into_owned();
            let made = entry.metadata().await.ok().and_then(|m| m.modified().ok());
            let made =
                made.and_then(|at| jiff::Timestamp::try_from(at).ok()).map(model::Micros::from_timestamp);
            let is_needed = needed.iter().any(|spool| spool == &path || spool.ends_with(&name));
            if !is_needed
                && made.is_some_and(|made| made < old)
                && tokio::fs::remove_file(&path).await.is_ok()
            {
                removed += 1;
            }
        }
        Ok(removed)
    }
}

struct RemoveOrphans {
    before: String,
    needed: Vec<String>,
}

impl Command for RemoveOrphans {
    type Output = u64;

    async fn run(&mut self, _by: &By, batch: &mut Batch<'_>) -> Result<u64, Stop> {
        Ok(store::import::chunk_prune(batch.tx, &self.before, &self.needed).await?)
    }
}

/// Anything an import can be read from.
pub trait ReadSeek: Read + Seek + Send {}
impl<T: Read + Seek + Send> ReadSeek for T {}

/// Opens an upload for reading, on a thread that may block and inside a tokio runtime.
pub fn open_spool(engine: &Engine, org: OrgId, key: &str, bytes: u64) -> std::io::Result<Box<dyn ReadSeek>> {
    match engine.target() {
        Target::Sqlite(_) => Ok(Box::new(std::fs::File::open(key)?)),
        Target::Postgres(_) => Ok(Box::new(PieceReader {
            reader: engine.reader().clone(),
            runtime: tokio::runtime::Handle::current(),
            org,
            key: key.to_owned(),
            bytes,
            at: 0,
            piece: None,
        })),
    }
}

struct PieceReader {
    reader: Reader,
    runtime: tokio::runtime::Handle,
    org: OrgId,
    key: String,
    bytes: u64,
    at: u64,
    piece: Option<(i64, Vec<u8>)>,
}

impl Read for PieceReader {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = (self.at / PIECE as u64) as i64;
        if self.at >= self.bytes {
            return Ok(0);
        }
        if self.piece.as_ref().is_none_or(|(have, _)| *have != n) {
            let fetch = store::import::chunk_fetch(&self.reader, self.org, &self.key, n);
            let data = self.runtime.block_on(fetch).map_err(std::io::Error::other)?;
            let data = data.ok_or_else(|| std::io::Error::other("a piece of the upload is missing"))?;
            self.piece = Some((n, data));
        }
        let Some((_, data)) = &self.piece else { return Ok(0) };
        let from = (self.at % PIECE as u64) as usize;
        let ready = data.get(from..).unwrap_or_default();
        let length = ready.len().min(buffer.len());
        buffer[..length].copy_from_slice(&ready[..length]);
        self.at += length as u64;
        Ok(length)
    }
}

impl Seek for PieceReader {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => self.bytes.checked_add_signed(by),
        };
        self.at = at.ok_or_else(|| std::io::Error::other("seek before the beginning"))?;
        Ok(self.at)
    }
}

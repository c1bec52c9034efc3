//! Makes what SQLite's writer has committed durable, beside the writer.
//!
//! The writer commits without waiting for the disk (`synchronous=NORMAL`: a commit is whole in the write-ahead log, in
//! memory); one sync of the log afterwards makes all commits so far durable at once, while the writer goes on. Whoever
//! answers only after [`Log::sync`] has promised what `synchronous=FULL` promises. A sync that comes too late for its
//! commit loses nothing either: before the log begins anew, SQLite syncs log and database itself.

use crate::{Error, Result, Target};
use std::fs::{File, OpenOptions};
use std::path::PathBuf;

/// The write-ahead log of an embedded database.
pub struct Log {
    path: PathBuf,
    file: Option<File>,
}

impl Log {
    /// Of an embedded database; on PostgreSQL a commit is durable as it is.
    pub fn of(target: &Target) -> Option<Self> {
        let mut path = target.file()?.as_os_str().to_owned();
        path.push("-wal");
        Some(Self { path: path.into(), file: None })
    }

    /// Everything committed before the call is durable after it. Only while the [`crate::Writer`] is open: the log's
    /// file stays the same for so long.
    pub fn sync(&mut self) -> Result<()> {
        let failed =
            |e: std::io::Error| Error::Busy(format!("the disk did not take the write-ahead log: {e}"));
        let file = match self.file.take() {
            Some(file) => file,
            None => OpenOptions::new().write(true).open(&self.path).map_err(failed)?,
        };
        file.sync_data().map_err(failed)?;
        self.file = Some(file);
        Ok(())
    }
}

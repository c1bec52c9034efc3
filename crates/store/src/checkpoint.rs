//! Carries SQLite's write-ahead log home beside the writer, so that commits do not wait for it.
//!
//! A thread with a connection of its own copies what is committed, little by little. The log begins anew only when
//! all of it is home at the start of a transaction; under steady writing the thread never quite gets there, so the
//! writer itself carries the short rest now and then ([`Checkpointer::help`]).

use crate::{Result, Target};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

/// From this many pages on the log should begin anew.
const LONG: i64 = 16_000;
/// The writer carries a rest of at most this many pages home,
const REST: i64 = 4_000;
/// or any rest once the log has this many.
const TOO_LONG: i64 = 120_000;
/// How often the thread looks.
const PERIOD: Duration = Duration::from_millis(250);

#[derive(Default)]
struct Shared {
    pages: AtomicI64,
    left: AtomicI64,
    stop: AtomicBool,
}

/// The running thread; it ends when this is dropped.
pub struct Checkpointer {
    shared: Arc<Shared>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Checkpointer {
    /// Starts the thread for an embedded database; there is nothing to do on PostgreSQL.
    pub fn start(target: &Target) -> Result<Option<Self>> {
        let Some(path) = target.file() else { return Ok(None) };
        let connection = rusqlite::Connection::open(path)?;
        connection.execute_batch("PRAGMA synchronous=FULL; PRAGMA cache_size=-500")?;
        let shared = Arc::new(Shared::default());
        let seen = shared.clone();
        let work = move || {
            while !seen.stop.load(Ordering::Relaxed) {
                match carry(&connection) {
                    Ok((pages, left)) => {
                        seen.pages.store(pages, Ordering::Relaxed);
                        seen.left.store(left, Ordering::Relaxed);
                    }
                    Err(error) => tracing::warn!(%error, "the write-ahead log could not be carried home"),
                }
                std::thread::park_timeout(PERIOD);
            }
        };
        let thread = std::thread::Builder::new().name("checkpointer".to_owned()).spawn(work);
        let thread = thread.map_err(|e| crate::Error::Busy(format!("cannot start a thread: {e}")))?;
        Ok(Some(Self { shared, thread: Some(thread) }))
    }

    /// Between two transactions: carries the rest home if the log is long and the rest short.
    pub fn help(&self, writer: &rusqlite::Connection) -> Result<()> {
        let (pages, left) =
            (self.shared.pages.load(Ordering::Relaxed), self.shared.left.load(Ordering::Relaxed));
        if pages >= TOO_LONG || (pages >= LONG && left <= REST) {
            carry(writer)?;
            self.shared.pages.store(0, Ordering::Relaxed);
        }
        Ok(())
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // A panic there has been reported already.
            let _ = thread.join();
        }
    }
}

/// Copies what is committed and not needed by a reader; the log's pages and how many are left.
fn carry(connection: &rusqlite::Connection) -> Result<(i64, i64)> {
    let mut statement = connection.prepare_cached("PRAGMA wal_checkpoint(PASSIVE)")?;
    Ok(statement.query_row([], |row| {
        let (pages, home): (i64, i64) = (row.get(1)?, row.get(2)?);
        Ok((pages.max(0), (pages - home).max(0)))
    })?)
}

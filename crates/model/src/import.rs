//! An import: one uploaded file on its way to leads.

use crate::words;

words! {
    /// Where an import stands.
    ImportState, "import state" {
        /// On disk, not begun.
        Queued = "queued",
        /// Some rows are in.
        Running = "running",
        /// Every row has its answer.
        Done = "done",
        /// Stopped; `message` says why. What was accepted stays.
        Failed = "failed",
    }
}

/// How many rows had which fate. `rows` = accepted + duplicates + rejected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ImportCounts {
    /// Data rows read.
    pub rows: u64,
    /// Stored as leads (with duplicates policy `update`, updated ones count as duplicates).
    pub accepted: u64,
    /// Already known, or repeated in the file.
    pub duplicates: u64,
    /// Not usable; each has its reason.
    pub rejected: u64,
    /// Of the accepted ones: given to an agent.
    pub assigned: u64,
}

/// A row that could not be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowError {
    /// Line of the file on which the row begins, from 1.
    pub line: u64,
    /// The column at fault, by its header; empty when the row as a whole is.
    pub column: String,
    /// Why, as a sentence fragment without the value itself.
    pub reason: String,
    /// The row as it stood in the file, cut at 4,000 characters.
    pub original: String,
}

//! Imports: an upload is put on disk, registered, read in chunks that commit rows and place together, and resumed
//! wherever it was cut off.

mod chunk;
mod look;
mod register;
mod spool;
mod worker;

pub use register::{ImportOptions, NewImport, RegisterImport};
pub use spool::{SpoolWriter, Spooled, open_spool};
pub use worker::{ImportTicket, import_view};

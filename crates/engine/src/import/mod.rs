//! Imports: an upload is put on disk, registered, read in chunks that commit rows and place together, and resumed
//! wherever it was cut off.

mod chunk;
mod look;
mod register;
mod spool;
mod upload;
mod worker;

pub use look::Reading;
pub use register::{ImportOptions, NewImport, RegisterImport};
pub(crate) use spool::ORPHANS_KEPT as UPLOADS_KEPT;
pub use spool::{SpoolWriter, Spooled, open_spool};
pub use upload::{DropUpload, KeepUpload, upload_view};
pub use worker::{ImportTicket, import_view};

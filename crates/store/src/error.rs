//! What can go wrong in a database, in four words. SQL types stop here.

/// A store result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why the store could not do what was asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// No such row in this organisation.
    #[error("not found")]
    NotFound,
    /// A constraint refused the change, or another transaction was first.
    #[error("conflict: {0}")]
    Conflict(String),
    /// The database cannot be reached, is locked for too long, or its disk is full: nothing was changed, try again.
    #[error("database unavailable: {0}")]
    Busy(String),
    /// The data or the schema is not what this program expects.
    #[error("unexpected data: {0}")]
    Corrupt(String),
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as Code;
        match &error {
            rusqlite::Error::QueryReturnedNoRows => Self::NotFound,
            rusqlite::Error::SqliteFailure(failure, _) => match failure.code {
                Code::ConstraintViolation => Self::Conflict(error.to_string()),
                Code::DatabaseBusy
                | Code::DatabaseLocked
                | Code::DiskFull
                | Code::CannotOpen
                | Code::SystemIoFailure
                | Code::ReadOnly
                | Code::OutOfMemory => Self::Busy(error.to_string()),
                _ => Self::Corrupt(error.to_string()),
            },
            _ => Self::Corrupt(error.to_string()),
        }
    }
}

impl From<sea_orm::DbErr> for Error {
    fn from(error: sea_orm::DbErr) -> Self {
        use sea_orm::{DbErr, RuntimeErr};
        let runtime = match &error {
            DbErr::Exec(e) | DbErr::Query(e) | DbErr::Conn(e) => e,
            DbErr::ConnectionAcquire(_) => return Self::Busy(error.to_string()),
            _ => return Self::Corrupt(error.to_string()),
        };
        let RuntimeErr::SqlxError(sqlx) = runtime else { return Self::Busy(error.to_string()) };
        match sqlx.as_database_error().map(|e| e.code().unwrap_or_default().into_owned()) {
            Some(code) => by_sqlstate(&code, error.to_string()),
            // Decoding is our mistake; everything else without a code is the connection.
            None if error.to_string().contains("decod") => Self::Corrupt(error.to_string()),
            None => Self::Busy(error.to_string()),
        }
    }
}

/// PostgreSQL's SQLSTATE classes; SQLite's codes (through sqlx) are small numbers.
fn by_sqlstate(code: &str, text: String) -> Error {
    match code {
        // Constraint, serialization failure, deadlock: run again alone, then it is decided.
        c if c.starts_with("23") || c.starts_with("40") => Error::Conflict(text),
        // Connection, resources (53100 disk full), operator intervention, lock not available.
        c if c.starts_with("08") || c.starts_with("53") || c.starts_with("57") || c == "55P03" => {
            Error::Busy(text)
        }
        "25006" => Error::Busy(text),
        "5" | "6" | "10" | "13" | "14" | "261" | "517" => Error::Busy(text),
        _ => Error::Corrupt(text),
    }
}

//! Opening a database: where it is, the one writer, the readers.

use crate::checkpoint::Checkpointer;
use crate::{Error, Result, Row, Tx};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement, TransactionTrait,
    Value,
};
use std::path::PathBuf;
use std::time::Duration;

/// Which database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A file.
    Sqlite(PathBuf),
    /// A server, by its URL.
    Postgres(String),
}

impl Target {
    /// From `sqlite://PATH` or `postgres://…`.
    pub fn parse(url: &str) -> Result<Self, String> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres(url.to_owned()));
        }
        match url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:")) {
            Some("") | None => {
                Err("expected sqlite://PATH or postgres://USER:PASSWORD@HOST:PORT/DATABASE".to_owned())
            }
            Some(path) => Ok(Self::Sqlite(PathBuf::from(path))),
        }
    }

    /// The file of an embedded database.
    pub fn file(&self) -> Option<&std::path::Path> {
        match self {
            Self::Sqlite(path) => Some(path),
            Self::Postgres(_) => None,
        }
    }

    /// For people: without the password.
    pub fn describe(&self) -> String {
        match self {
            Self::Sqlite(path) => format!("SQLite file {}", path.display()),
            Self::Postgres(url) => match (url.find("://"), url.rfind('@')) {
                (Some(start), Some(at)) if at > start => format!("PostgreSQL at {}", &url[at + 1..]),
                _ => "PostgreSQL".to_owned(),
            },
        }
    }
}

/// The one connection that writes. `engine`'s committer owns it; nobody else opens one. What it commits on SQLite is
/// durable after the next [`crate::Log::sync`].
pub enum Writer {
    /// Prepared statements on the committer's own thread.
    Lite(rusqlite::Connection),
    /// A pool of one, opened in the committer's own runtime.
    Pg(DatabaseConnection),
}

impl Writer {
    /// Opens the writer; creates an embedded database's file and folder.
    pub async fn open(target: &Target) -> Result<Self> {
        match target {
            Target::Sqlite(path) => {
                if let Some(folder) = path.parent() {
                    std::fs::create_dir_all(folder)
                        .map_err(|e| Error::Busy(format!("cannot create {}: {e}", folder.display())))?;
                }
                let connection = rusqlite::Connection::open(path)?;
                connection.busy_timeout(Duration::from_secs(5))?;
                connection.execute_batch(
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; \
                     PRAGMA cache_size=-16000; PRAGMA wal_autocheckpoint=0; PRAGMA temp_store=MEMORY; \
                     PRAGMA journal_size_limit=67108864",
                )?;
                connection.set_prepared_statement_cache_capacity(256);
                Ok(Self::Lite(connection))
            }
            Target::Postgres(url) => Ok(Self::Pg(connect_pg(url, 1, false).await?)),
        }
    }

    /// Between two transactions: what keeps the files small.
    pub fn tidy(&self, checkpointer: Option<&Checkpointer>) {
        if let (Self::Lite(connection), Some(checkpointer)) = (self, checkpointer)
            && let Err(error) = checkpointer.help(connection)
        {
            tracing::warn!(%error, "the write-ahead log could not be carried home");
        }
    }

    /// Begins the transaction of a batch.
    pub async fn begin(&self) -> Result<Tx<'_>> {
        match self {
            Self::Lite(connection) => Tx::lite(connection),
            Self::Pg(db) => Ok(Tx::pg(db.begin().await?)),
        }
    }
}

/// Connections that only read. Cheap to clone; safe to hand to every request.
#[derive(Clone)]
pub struct Reader {
    db: DatabaseConnection,
}

impl Reader {
    /// Opens the readers of a database that has been migrated.
    pub async fn open(target: &Target) -> Result<Self> {
        let db = match target {
            Target::Postgres(url) => connect_pg(url, 8, true).await?,
            Target::Sqlite(path) => {
                let mut options = ConnectOptions::new(format!("sqlite://{}", path.display()));
                options.max_connections(4).min_connections(1).test_before_acquire(false).sqlx_logging(false);
                options.acquire_timeout(Duration::from_secs(5));
                options.map_sqlx_sqlite_opts(|o| {
                    o.create_if_missing(false)
                        .busy_timeout(Duration::from_secs(5))
                        .pragma("query_only", "ON")
                        .pragma("cache_size", "-2000")
                });
                Database::connect(options).await?
            }
        };
        Ok(Self { db })
    }
}

async fn connect_pg(url: &str, connections: u32, read_only: bool) -> Result<DatabaseConnection> {
    let mut options = ConnectOptions::new(url);
    options.max_connections(connections).min_connections(1).test_before_acquire(false).sqlx_logging(false);
    options.acquire_timeout(Duration::from_secs(5)).connect_timeout(Duration::from_secs(5));
    options.map_sqlx_postgres_opts(move |o| {
        // A plan cached while a table was empty must not read it whole later.
        let o = o.options([("random_page_cost", "1.1"), ("default_transaction_isolation", "read committed")]);
        if read_only { o.options([("default_transaction_read_only", "on")]) } else { o }
    });
    Ok(Database::connect(options).await?)
}

/// Which engine answers, for the few texts that differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

impl Dialect {
    /// A row source of the integers in the JSON array that parameter `p` holds: `x IN {ints("$2")}`.
    pub fn ints(self, p: &str) -> String {
        match self {
            Self::Sqlite => format!("(SELECT value FROM json_each({p}))"),
            Self::Postgres => {
                format!("(SELECT CAST(j AS BIGINT) FROM jsonb_array_elements_text(CAST({p} AS JSONB)) j)")
            }
        }
    }

    /// The same for texts.
    pub fn texts(self, p: &str) -> String {
        match self {
            Self::Sqlite => format!("(SELECT value FROM json_each({p}))"),
            Self::Postgres => format!("(SELECT j FROM jsonb_array_elements_text(CAST({p} AS JSONB)) j)"),
        }
    }

    /// The elements of a column that holds a JSON array, as rows `j.value`.
    pub fn each(self, column: &str) -> String {
        match self {
            Self::Sqlite => format!("json_each({column}) j"),
            Self::Postgres => format!("jsonb_array_elements_text({column}) AS j(value)"),
        }
    }

    /// All selected values of a column as one text, a JSON list: much cheaper than a row each.
    pub fn json_list(self, column: &str) -> String {
        match self {
            Self::Sqlite => format!("json_group_array({column})"),
            Self::Postgres => format!("coalesce(CAST(json_agg({column}) AS TEXT), '[]')"),
        }
    }

    /// The same for several columns: a list of lists.
    pub fn json_rows(self, columns: &[&str]) -> String {
        let columns = columns.join(", ");
        match self {
            Self::Sqlite => format!("json_group_array(json_array({columns}))"),
            Self::Postgres => format!("coalesce(CAST(json_agg(json_build_array({columns})) AS TEXT), '[]')"),
        }
    }

    /// Names the index a hot statement stands on: SQLite guesses without statistics, and a wrong guess reads the table.
    pub fn indexed_by(self, index: &str) -> String {
        match self {
            Self::Sqlite => format!(" INDEXED BY {index}"),
            Self::Postgres => String::new(),
        }
    }

    /// Locks the rows just selected, where several may write at once.
    pub fn for_update(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR UPDATE",
        }
    }
}

/// Whoever can answer a SELECT: the readers, or the writer inside its transaction. `$1`, `$2` … are parameters.
pub trait Query {
    /// Which engine this is.
    fn dialect(&self) -> Dialect;
    /// All rows.
    fn rows(&self, sql: &str, values: Vec<Value>) -> impl Future<Output = Result<Vec<Row>>>;
    /// The first row.
    fn first(&self, sql: &str, values: Vec<Value>) -> impl Future<Output = Result<Option<Row>>> {
        async { Ok(self.rows(sql, values).await?.into_iter().next()) }
    }
}

impl Query for Reader {
    fn dialect(&self) -> Dialect {
        match self.db.get_database_backend() {
            DbBackend::Postgres => Dialect::Postgres,
            _ => Dialect::Sqlite,
        }
    }

    fn rows(&self, sql: &str, values: Vec<Value>) -> impl Future<Output = Result<Vec<Row>>> {
        let statement = Statement::from_sql_and_values(self.db.get_database_backend(), sql, values);
        let db = self.db.clone();
        async move { Ok(db.query_all_raw(statement).await?.into_iter().map(Row::Orm).collect()) }
    }
}

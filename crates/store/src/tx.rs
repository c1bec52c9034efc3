//! The transaction of a batch, on either database.

use crate::open::{Dialect, Query};
use crate::value::to_lite;
use crate::{Result, Row};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, Statement, Value};

/// An open write transaction. Dropped without [`Tx::commit`], it rolls back.
pub struct Tx<'c> {
    inner: Option<Inner<'c>>,
}

enum Inner<'c> {
    Lite(&'c rusqlite::Connection),
    Pg(DatabaseTransaction),
}

/// What a recorder with one form per engine matches on.
pub(crate) enum Engine<'a> {
    Lite(&'a rusqlite::Connection),
    Pg(&'a DatabaseTransaction),
}

impl<'c> Tx<'c> {
    pub(crate) fn lite(connection: &'c rusqlite::Connection) -> Result<Self> {
        connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        Ok(Self { inner: Some(Inner::Lite(connection)) })
    }

    pub(crate) fn pg(transaction: DatabaseTransaction) -> Self {
        Self { inner: Some(Inner::Pg(transaction)) }
    }

    pub(crate) fn engine(&self) -> Engine<'_> {
        match &self.inner {
            Some(Inner::Pg(transaction)) => Engine::Pg(transaction),
            Some(Inner::Lite(connection)) => Engine::Lite(connection),
            None => unreachable!("a transaction is used before its commit only"),
        }
    }

    /// Changes rows; returns how many.
    pub async fn execute(&self, sql: &str, values: Vec<Value>) -> Result<u64> {
        match self.engine() {
            Engine::Lite(db) => {
                let mut statement = db.prepare_cached(&sql.replace('$', "?"))?;
                Ok(statement.execute(rusqlite::params_from_iter(lite_values(values)?))? as u64)
            }
            Engine::Pg(db) => {
                let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
                Ok(db.execute_raw(statement).await?.rows_affected())
            }
        }
    }

    /// Makes everything since the beginning stand together; on SQLite it is durable with the next [`crate::Log::sync`].
    pub async fn commit(mut self) -> Result<()> {
        match self.inner.take() {
            Some(Inner::Lite(db)) => {
                let committed = db.prepare_cached("COMMIT")?.execute([]);
                if committed.is_err() {
                    // A failed commit (disk full) leaves the transaction open.
                    let _ = db.execute_batch("ROLLBACK");
                }
                committed?;
            }
            Some(Inner::Pg(transaction)) => transaction.commit().await?,
            None => {}
        }
        Ok(())
    }

    /// Undoes everything since the beginning.
    pub async fn rollback(mut self) -> Result<()> {
        match self.inner.take() {
            Some(Inner::Lite(db)) => roll_back(db),
            Some(Inner::Pg(transaction)) => transaction.rollback().await?,
            None => {}
        }
        Ok(())
    }
}

impl Drop for Tx<'_> {
    fn drop(&mut self) {
        if let Some(Inner::Lite(db)) = self.inner {
            roll_back(db);
        }
    }
}

fn roll_back(db: &rusqlite::Connection) {
    // SQLite may have rolled back by itself (disk full): then there is nothing to undo.
    if !db.is_autocommit()
        && let Err(error) = db.execute_batch("ROLLBACK")
    {
        tracing::error!(%error, "rollback failed");
    }
}

fn lite_values(values: Vec<Value>) -> Result<Vec<rusqlite::types::Value>> {
    values.into_iter().map(to_lite).collect()
}

impl Query for Tx<'_> {
    fn dialect(&self) -> Dialect {
        match self.engine() {
            Engine::Lite(_) => Dialect::Sqlite,
            Engine::Pg(_) => Dialect::Postgres,
        }
    }

    async fn rows(&self, sql: &str, values: Vec<Value>) -> Result<Vec<Row>> {
        match self.engine() {
            Engine::Lite(db) => {
                let mut statement = db.prepare_cached(&sql.replace('$', "?"))?;
                let columns = statement.column_count();
                let mut rows = statement.query(rusqlite::params_from_iter(lite_values(values)?))?;
                let mut found = Vec::new();
                while let Some(row) = rows.next()? {
                    found.push(Row::Lite((0..columns).map(|i| row.get(i)).collect::<Result<_, _>>()?));
                }
                Ok(found)
            }
            Engine::Pg(db) => {
                let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
                Ok(db.query_all_raw(statement).await?.into_iter().map(Row::Orm).collect())
            }
        }
    }
}

/// How many rows one prepared statement inserts on SQLite: as many as there are, in as few statements. Between rows
/// of a statement its cursors stay where they are, which halves the price of an insert.
const GROUPS: [usize; 4] = [128, 32, 8, 1];

/// Binds the columns of one row, in order.
pub(crate) struct Binder<'s, 'c> {
    statement: &'s mut rusqlite::CachedStatement<'c>,
    next: usize,
}

impl Binder<'_, '_> {
    pub(crate) fn bind(&mut self, value: impl rusqlite::ToSql) -> Result<()> {
        self.next += 1;
        Ok(self.statement.raw_bind_parameter(self.next, value)?)
    }
}

/// Inserts rows on SQLite: `head` is `INSERT INTO t (…)`, `values` one row of placeholders `(?, ?, …)`. Returns how
/// many were stored; with a `tail` that passes conflicts over, that may be fewer. `head` says `OR FAIL`: without it
/// SQLite keeps a copy of every page a statement touches, to undo that statement alone, and we undo the batch.
pub(crate) fn lite_insert<T>(
    db: &rusqlite::Connection,
    [head, values, tail]: [&str; 3],
    rows: &[T],
    bind: impl Fn(&mut Binder<'_, '_>, &T) -> Result<()>,
) -> Result<usize> {
    let text = |n: usize| format!("{head} VALUES {} {tail}", vec![values; n].join(", "));
    let mut stored = 0;
    let mut insert = |statement: &mut rusqlite::CachedStatement<'_>, rows: &[T]| -> Result<()> {
        let mut binder = Binder { statement, next: 0 };
        for row in rows {
            bind(&mut binder, row)?;
        }
        stored += statement.raw_execute()?;
        Ok(())
    };
    let mut rest = rows;
    for size in GROUPS {
        if rest.len() < size {
            continue;
        }
        let mut statement = db.prepare_cached(&text(size))?;
        let groups = rest.chunks_exact(size);
        rest = groups.remainder();
        for group in groups {
            insert(&mut statement, group)?;
        }
    }
    Ok(stored)
}

/// Inserts `rows` into `table` on PostgreSQL in one statement; the rows' field names are the column names.
/// Answers the value of `returning` for every row that was stored (a conflicting row is passed over).
pub(crate) async fn pg_insert<T: serde::Serialize>(
    db: &DatabaseTransaction,
    table: &str,
    columns: &str,
    rows: &[T],
    tail: &str,
) -> Result<Vec<sea_orm::QueryResult>> {
    let json = serde_json::to_string(rows).map_err(|e| crate::Error::Corrupt(e.to_string()))?;
    let sql = format!(
        "INSERT INTO {table} ({columns}) SELECT {columns} FROM json_populate_recordset(NULL::{table}, CAST($1 AS JSON)) {tail}"
    );
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, [Value::from(json)]);
    Ok(db.query_all_raw(statement).await?)
}

/// Runs `sql` on PostgreSQL for all `rows` in one statement, which reads them as `$1`, a JSON array whose objects have
/// the rows' field names. How many rows it changed.
pub(crate) async fn pg_execute<T: serde::Serialize>(
    db: &DatabaseTransaction,
    sql: &str,
    rows: &[T],
) -> Result<u64> {
    let json = serde_json::to_string(rows).map_err(|e| crate::Error::Corrupt(e.to_string()))?;
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, [Value::from(json)]);
    Ok(db.execute_raw(statement).await?.rows_affected())
}

/// Bytes as PostgreSQL reads them out of JSON.
pub(crate) fn pg_bytes<S: serde::Serializer>(bytes: &[u8], s: S) -> Result<S::Ok, S::Error> {
    let mut text = String::with_capacity(2 + bytes.len() * 2);
    text.push_str("\\x");
    for byte in bytes {
        text.push(char::from_digit(u32::from(byte >> 4), 16).unwrap_or('0'));
        text.push(char::from_digit(u32::from(byte & 15), 16).unwrap_or('0'));
    }
    s.serialize_str(&text)
}

//! Brings a database to the newest schema. One numbered text serves both databases; only type names differ.

use crate::{Error, Query, Result, Target, Writer};
use sea_orm::{ConnectionTrait, TransactionTrait};

/// Every migration, oldest first. Numbers have no gaps; a text that has been released is never changed.
pub const MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "core", include_str!("../migrations/0001_core.sql")),
    (2, "feed", include_str!("../migrations/0002_feed.sql")),
    (3, "access", include_str!("../migrations/0003_access.sql")),
    (4, "notification", include_str!("../migrations/0004_notification.sql")),
    (5, "search", include_str!("../migrations/0005_search.sql")),
    (6, "flow", include_str!("../migrations/0006_flow.sql")),
    (7, "lead_key", include_str!("../migrations/0007_lead_key.sql")),
    (8, "work", include_str!("../migrations/0008_work.sql")),
    (9, "upload", include_str!("../migrations/0009_upload.sql")),
    (10, "steps", include_str!("../migrations/0010_steps.sql")),
];

const LEDGER: &str = "CREATE TABLE IF NOT EXISTS schema_migration \
    (version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL)";

/// Applies what is missing, in one transaction; returns the versions applied. Several processes may try at once.
pub async fn migrate(target: &Target, now: model::Micros) -> Result<Vec<i64>> {
    match Writer::open(target).await? {
        Writer::Lite(connection) => migrate_lite(&connection, now),
        Writer::Pg(db) => migrate_pg(&db, now).await,
    }
}

/// The newest version a database may have.
pub fn newest() -> i64 {
    MIGRATIONS.last().map_or(0, |m| m.0)
}

/// The version a database has; 0 before the first migration.
pub async fn version(db: &impl Query) -> Result<i64> {
    let sql = "SELECT coalesce(max(version), 0) FROM schema_migration";
    db.first(sql, vec![]).await?.map_or(Ok(0), |row| row.get(0))
}

fn migrate_lite(db: &rusqlite::Connection, now: model::Micros) -> Result<Vec<i64>> {
    db.execute_batch("BEGIN IMMEDIATE")?;
    let apply = || -> Result<Vec<i64>> {
        db.execute_batch(LEDGER)?;
        let have: i64 =
            db.query_row("SELECT coalesce(max(version), 0) FROM schema_migration", [], |r| r.get(0))?;
        refuse_newer(have)?;
        let mut applied = Vec::new();
        for (version, name, text) in MIGRATIONS.iter().filter(|m| m.0 > have) {
            db.execute_batch(&for_sqlite(text))?;
            db.execute("INSERT INTO schema_migration VALUES (?1, ?2, ?3)", (version, name, now.0))?;
            applied.push(*version);
        }
        Ok(applied)
    };
    let applied = apply();
    db.execute_batch(if applied.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
    applied
}

async fn migrate_pg(db: &sea_orm::DatabaseConnection, now: model::Micros) -> Result<Vec<i64>> {
    let tx = db.begin().await?;
    // Nodes that start together wait here for the first.
    tx.execute_unprepared("SELECT pg_advisory_xact_lock(4705111)").await?;
    tx.execute_unprepared(LEDGER).await?;
    let statement = sea_orm::Statement::from_string(
        sea_orm::DbBackend::Postgres,
        "SELECT coalesce(max(version), 0) FROM schema_migration",
    );
    let have: i64 =
        tx.query_one_raw(statement).await?.map(|r| r.try_get_by_index(0)).transpose()?.unwrap_or(0);
    refuse_newer(have)?;
    let mut applied = Vec::new();
    for (version, name, text) in MIGRATIONS.iter().filter(|m| m.0 > have) {
        tx.execute_unprepared(&for_postgres(text)).await?;
        tx.execute_unprepared(&format!(
            "INSERT INTO schema_migration VALUES ({version}, '{name}', {})",
            now.0
        ))
        .await?;
        applied.push(*version);
    }
    tx.commit().await?;
    Ok(applied)
}

fn refuse_newer(have: i64) -> Result<()> {
    if have > newest() {
        return Err(Error::Corrupt(format!(
            "the database has schema version {have}, this program knows up to {}: start a newer fairlead",
            newest()
        )));
    }
    Ok(())
}

fn for_sqlite(text: &str) -> String {
    // An IN list in a CHECK builds a temporary table at every insert; comparisons do not.
    let words = |column: &str, words: &mut dyn Iterator<Item = &str>| {
        words.map(|word| format!("{column} = '{word}'")).collect::<Vec<_>>().join(" OR ")
    };
    fill(
        &lists(&one_of(text, words), "json_group_array"),
        ["INTEGER", "BLOB", "BLOB", "TEXT", "INTEGER", "REAL", " STRICT", " STRICT, WITHOUT ROWID"],
    )
}

fn for_postgres(text: &str) -> String {
    let words = |column: &str, words: &mut dyn Iterator<Item = &str>| {
        format!("{column} IN ({})", words.map(|word| format!("'{word}'")).collect::<Vec<_>>().join(", "))
    };
    fill(
        &lists(&one_of(text, words), "jsonb_agg"),
        ["BIGINT", "UUID", "BYTEA", "JSONB", "BOOLEAN", "DOUBLE PRECISION", "", ""],
    )
}

/// Writes every `{oneof column: a|b}` as `write` says.
fn one_of(text: &str, write: impl Fn(&str, &mut dyn Iterator<Item = &str>) -> String) -> String {
    let mut parts = text.split("{oneof ");
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (list, rest) = part.split_once('}').unwrap_or((part, ""));
        let (column, words) = list.split_once(": ").unwrap_or((list, ""));
        filled.push_str(&write(column, &mut words.split('|')));
        filled.push_str(rest);
    }
    filled
}

/// Writes every `{list column}` as a rising list of a group's numbers.
fn lists(text: &str, function: &str) -> String {
    let mut parts = text.split("{list ");
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (column, rest) = part.split_once('}').unwrap_or((part, ""));
        filled.push_str(&format!("{function}({column} ORDER BY {column}){rest}"));
    }
    filled
}

fn fill(text: &str, words: [&str; 8]) -> String {
    let names = ["{int}", "{uuid}", "{bytes}", "{json}", "{bool}", "{real}", "{strict}", "{keyed}"];
    names.iter().zip(words).fold(text.to_owned(), |text, (name, word)| text.replace(name, word))
}

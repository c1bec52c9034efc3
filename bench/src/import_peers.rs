//! Importing a file elsewhere: one row, one commit on PostgreSQL; and the limit, parse + insert + two indexes.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use csv::ByteRecord;
use postgres::Client;
use rusqlite::Connection;

use crate::leads::HEADER;

/// The three parts of the limit, in seconds; the second contains a parse of its own.
pub(crate) struct Limit {
    pub(crate) parse: f64,
    pub(crate) insert: f64,
    pub(crate) indexes: f64,
}

/// One transaction into an empty table without indexes, which are made afterwards (SQLite, WAL, FULL, on disk).
pub(crate) fn limit_sqlite(file: &Path, db: &Path, rows: usize) -> Result<Limit> {
    let start = Instant::now();
    let (mut reader, mut record, mut read) = (reader(file)?, ByteRecord::new(), 0);
    while reader.read_byte_record(&mut record)? {
        read += 1;
    }
    ensure!(read == rows, "the file has {read} of {rows} rows");
    let parse = start.elapsed().as_secs_f64();

    for ending in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{ending}", db.display()));
    }
    let db = Connection::open(db)?;
    db.execute_batch(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-200000;
         CREATE TABLE lead(id INTEGER PRIMARY KEY, name TEXT, phone TEXT, email TEXT, city TEXT, source TEXT,
           category TEXT, created_at TEXT, updated_at TEXT); BEGIN",
    )?;
    let start = Instant::now();
    let mut reader = self::reader(file)?;
    let mut insert = db.prepare(&format!("INSERT INTO lead({HEADER}) VALUES(?,?,?,?,?,?,?,?)"))?;
    while reader.read_byte_record(&mut record)? {
        insert.execute(fields(&record)?)?;
    }
    db.execute_batch("COMMIT")?;
    let insert = start.elapsed().as_secs_f64();
    let start = Instant::now();
    db.execute_batch(
        "CREATE UNIQUE INDEX lead_phone ON lead(phone); CREATE INDEX lead_source ON lead(source,id)",
    )?;
    Ok(Limit { parse, insert, indexes: start.elapsed().as_secs_f64() })
}

/// Rows a second, each in a transaction of its own (begin, insert, commit), as a program with an ordinary driver does.
pub(crate) fn rows_postgres(client: &mut Client, file: &Path, rows: usize) -> Result<f64> {
    client.batch_execute(
        "DROP TABLE IF EXISTS imp;
         CREATE TABLE imp(id bigserial PRIMARY KEY, name text, phone text UNIQUE, email text, city text, source text,
           category text, created_at text, updated_at text)",
    )?;
    let insert = client.prepare(&format!(
        "INSERT INTO imp({HEADER}) VALUES($1,$2,$3,$4,$5,$6,$7,$8) ON CONFLICT DO NOTHING"
    ))?;
    let (mut reader, mut record) = (reader(file)?, ByteRecord::new());
    let start = Instant::now();
    for _ in 0..rows {
        ensure!(reader.read_byte_record(&mut record)?, "the file is too short");
        let [a, b, c, d, e, f, g, h] = fields(&record)?;
        let mut tx = client.transaction()?;
        tx.execute(&insert, &[&a, &b, &c, &d, &e, &f, &g, &h])?;
        tx.commit()?;
    }
    Ok(rows as f64 / start.elapsed().as_secs_f64())
}

fn reader(file: &Path) -> Result<csv::Reader<std::fs::File>> {
    Ok(csv::ReaderBuilder::new().buffer_capacity(1 << 20).from_path(file)?)
}

fn fields(record: &ByteRecord) -> Result<[&str; 8]> {
    let mut fields = [""; 8];
    for (at, field) in fields.iter_mut().enumerate() {
        *field = std::str::from_utf8(record.get(at).context("a short row")?)?;
    }
    Ok(fields)
}

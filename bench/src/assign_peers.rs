//! Assigning N waiting leads to 50 agents elsewhere: one lead at a time, and the set-based limit.

use std::path::Path;
use std::time::Instant;

use anyhow::{Result, ensure};
use postgres::Client;
use rusqlite::Connection;

/// Integer keys, nothing but the rows that an assignment must change.
const SCHEMA: &str = "
CREATE TABLE agent(id INTEGER PRIMARY KEY, name TEXT, assigned INTEGER NOT NULL);
CREATE TABLE lead(id INTEGER PRIMARY KEY, source TEXT, name TEXT, phone TEXT, status TEXT, agent_id INTEGER, assigned_at {ts});
CREATE TABLE history(id {serial}, lead_id INTEGER, source TEXT, agent_id INTEGER, before_n INTEGER, after_n INTEGER, method TEXT, at {ts});
CREATE INDEX lead_open ON lead(source,id) WHERE agent_id IS NULL;
CREATE INDEX lead_agent ON lead(agent_id);
INSERT INTO agent WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM s WHERE i<50)
  SELECT i,'agent '||i,(i*37)%101 FROM s;
INSERT INTO lead(id,source,name,phone,status) WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM s WHERE i<{n})
  SELECT i,'META','Lead '||i,'+9198'||i,'new' FROM s;";

/// Fewest first in one go: every agent offers the levels count+1, count+2, …; the N lowest are taken.
const SET: &str = "
CREATE TEMP TABLE slot(r INTEGER PRIMARY KEY, agent_id INTEGER, lvl INTEGER);
INSERT INTO slot WITH RECURSIVE a AS (SELECT count(*) k, sum(assigned) s, max(assigned) m FROM agent),
  lv(id,lvl,top) AS (
    SELECT agent.id, assigned+1, CASE WHEN m>(s+{n})/k THEN m ELSE (s+{n})/k END+1 FROM agent,a
    UNION ALL SELECT id,lvl+1,top FROM lv WHERE lvl<top)
  SELECT row_number() OVER (ORDER BY lvl,id), id, lvl FROM lv ORDER BY lvl,id LIMIT {n};
CREATE TEMP TABLE pick(lead_id INTEGER PRIMARY KEY, agent_id INTEGER, lvl INTEGER);
INSERT INTO pick SELECT q.lead_id, o.agent_id, o.lvl
  FROM (SELECT id lead_id, row_number() OVER (ORDER BY id) r FROM lead WHERE source='META' AND agent_id IS NULL) q
  JOIN slot o ON o.r=q.r;
UPDATE lead SET agent_id=pick.agent_id, assigned_at={now} FROM pick WHERE lead.id=pick.lead_id;
INSERT INTO history(lead_id,source,agent_id,before_n,after_n,method,at)
  SELECT lead_id,'META',agent_id,lvl-1,lvl,'fair',{now} FROM pick;
UPDATE agent SET assigned=p.n FROM (SELECT agent_id,max(lvl) n FROM pick GROUP BY agent_id) p WHERE p.agent_id=agent.id;
DROP TABLE pick; DROP TABLE slot;";

const SPREAD: &str = "SELECT max(assigned)-min(assigned) FROM agent";

/// Leads a second, one at a time: pick the fewest, update, insert history, update the count, commit.
pub(crate) fn loop_postgres(client: &mut Client, leads: usize, rounds: usize) -> Result<Vec<f64>> {
    reset_postgres(client, leads * rounds)?;
    let pick = client.prepare("SELECT id,assigned FROM agent ORDER BY assigned,id LIMIT 1")?;
    let give = client.prepare("UPDATE lead SET agent_id=$1, assigned_at=now() WHERE id=$2")?;
    let tell = client.prepare(
        "INSERT INTO history(lead_id,source,agent_id,before_n,after_n,method,at) VALUES($1,'META',$2,$3,$4,'fair',now())",
    )?;
    let count = client.prepare("UPDATE agent SET assigned=assigned+1 WHERE id=$1")?;
    let mut speeds = Vec::new();
    for round in 0..rounds {
        let start = Instant::now();
        for lead in round * leads + 1..=(round + 1) * leads {
            let lead = i32::try_from(lead)?;
            let mut tx = client.transaction()?;
            let row = tx.query_one(&pick, &[])?;
            let (agent, had): (i32, i32) = (row.get(0), row.get(1));
            tx.execute(&give, &[&agent, &lead])?;
            tx.execute(&tell, &[&lead, &agent, &had, &(had + 1)])?;
            tx.execute(&count, &[&agent])?;
            tx.commit()?;
        }
        speeds.push(leads as f64 / start.elapsed().as_secs_f64());
    }
    Ok(speeds)
}

/// Seconds for all leads in one transaction of PostgreSQL.
pub(crate) fn set_postgres(client: &mut Client, leads: usize) -> Result<f64> {
    reset_postgres(client, leads)?;
    let start = Instant::now();
    client.batch_execute(&format!("BEGIN;{};COMMIT", fill(SET, leads, "now()")))?;
    let seconds = start.elapsed().as_secs_f64();
    let spread: i32 = client.query_one(SPREAD, &[])?.get(0);
    ensure!(spread <= 1, "the limit is unfair: spread {spread}");
    Ok(seconds)
}

/// Seconds for all leads in one transaction of SQLite (WAL, synchronous FULL), on disk.
pub(crate) fn set_sqlite(path: &Path, leads: usize) -> Result<f64> {
    for ending in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{ending}", path.display()));
    }
    let db = Connection::open(path)?;
    let schema = fill(SCHEMA, leads, "").replace("{ts}", "TEXT").replace("{serial}", "INTEGER PRIMARY KEY");
    db.execute_batch(&format!("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; BEGIN;{schema}COMMIT"))?;
    db.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")?;
    let start = Instant::now();
    db.execute_batch(&format!("BEGIN IMMEDIATE;{};COMMIT", fill(SET, leads, "datetime('now')")))?;
    let seconds = start.elapsed().as_secs_f64();
    let spread: i64 = db.query_row(SPREAD, [], |row| row.get(0))?;
    ensure!(spread <= 1, "the limit is unfair: spread {spread}");
    Ok(seconds)
}

fn reset_postgres(client: &mut Client, leads: usize) -> Result<()> {
    let schema =
        fill(SCHEMA, leads, "").replace("{ts}", "timestamptz").replace("{serial}", "serial PRIMARY KEY");
    client.batch_execute(
        "DROP TABLE IF EXISTS lead; DROP TABLE IF EXISTS agent; DROP TABLE IF EXISTS history",
    )?;
    client.batch_execute(&schema)?;
    client.batch_execute("VACUUM ANALYZE")?;
    Ok(())
}

fn fill(text: &str, leads: usize, now: &str) -> String {
    text.replace("{n}", &leads.to_string()).replace("{now}", now)
}

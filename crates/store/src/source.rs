//! Sources: the buckets leads come from.

use crate::open::Query;
use crate::tx::Tx;
use crate::{Error, Result, Row, vals};
use model::{OrgId, SourceId};

/// A source.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the columns are described in the migration")]
pub struct Source {
    pub source_no: i64,
    pub id: SourceId,
    pub name: String,
    pub active: bool,
    pub created_at: i64,
}

const COLUMNS: &str = "source_no, id, name, active, created_at";

impl Source {
    fn read(row: &Row) -> Result<Self> {
        Ok(Self {
            source_no: row.get(0)?,
            id: SourceId(row.get(1)?),
            name: row.get(2)?,
            active: row.get(3)?,
            created_at: row.get(4)?,
        })
    }
}

/// What names of sources are compared by: `Meta` and ` META` are one source.
pub fn name_key(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// Stores a source together with its (still unconfigured) pool.
pub async fn source_insert(tx: &Tx<'_>, org: OrgId, source: &Source) -> Result<()> {
    let stored = tx
        .execute(
            &format!(
                "INSERT INTO source (org_id, name_key, {COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7) \
                 ON CONFLICT (org_id, name_key) DO NOTHING"
            ),
            vals![
                org.0,
                name_key(&source.name),
                source.source_no,
                source.id.0,
                source.name.clone(),
                source.active,
                source.created_at
            ],
        )
        .await?;
    if stored == 0 {
        return Err(Error::Conflict("a source with this name exists".to_owned()));
    }
    tx.execute(
        "INSERT INTO pool (org_id, source_no, enabled, configured, policy, ordering, config_version, seq, last_slot, \
         changed_at) VALUES ($1, $2, FALSE, FALSE, 'fair', 'oldest', 0, 0, -1, $3)",
        vals![org.0, source.source_no, source.created_at],
    )
    .await?;
    Ok(())
}

/// Writes a source's name and whether it takes leads. [`Error::Conflict`] if the name is taken.
pub async fn source_update(tx: &Tx<'_>, org: OrgId, source: &Source) -> Result<()> {
    let key = name_key(&source.name);
    let taken = "SELECT 1 FROM source WHERE org_id = $1 AND name_key = $2 AND source_no <> $3";
    if !tx.rows(taken, vals![org.0, key.clone(), source.source_no]).await?.is_empty() {
        return Err(Error::Conflict("a source with this name exists".to_owned()));
    }
    tx.execute(
        "UPDATE source SET name = $3, name_key = $4, active = $5 WHERE org_id = $1 AND source_no = $2",
        vals![org.0, source.source_no, source.name.clone(), key, source.active],
    )
    .await?;
    Ok(())
}

/// Removes a source that never had a lead, an import or a configuration. [`Error::Conflict`] if it had.
pub async fn source_delete(tx: &Tx<'_>, org: OrgId, source_no: i64) -> Result<()> {
    let used = "SELECT 1 FROM lead_tally WHERE org_id = $1 AND source_no = $2 \
        UNION ALL SELECT 1 FROM import WHERE org_id = $1 AND source_no = $2 \
        UNION ALL SELECT 1 FROM pool_config WHERE org_id = $1 AND source_no = $2 LIMIT 1";
    if !tx.rows(used, vals![org.0, source_no]).await?.is_empty() {
        return Err(Error::Conflict("the source has leads or history: deactivate it instead".to_owned()));
    }
    tx.execute("DELETE FROM pool WHERE org_id = $1 AND source_no = $2", vals![org.0, source_no]).await?;
    tx.execute("DELETE FROM source WHERE org_id = $1 AND source_no = $2", vals![org.0, source_no]).await?;
    Ok(())
}

/// A source by its id (`source_…`) or its name, in any case.
pub async fn source_find(db: &impl Query, org: OrgId, name_or_id: &str) -> Result<Source> {
    let row = match name_or_id.parse::<SourceId>() {
        Ok(id) => {
            let sql = format!("SELECT {COLUMNS} FROM source WHERE org_id = $1 AND id = $2");
            db.first(&sql, vals![org.0, id.0]).await?
        }
        Err(_) => {
            let sql = format!("SELECT {COLUMNS} FROM source WHERE org_id = $1 AND name_key = $2");
            db.first(&sql, vals![org.0, name_key(name_or_id)]).await?
        }
    };
    row.as_ref().map_or(Err(Error::NotFound), Source::read)
}

/// A source by its number.
pub async fn source_fetch_no(db: &impl Query, org: OrgId, source_no: i64) -> Result<Source> {
    let sql = format!("SELECT {COLUMNS} FROM source WHERE org_id = $1 AND source_no = $2");
    db.first(&sql, vals![org.0, source_no]).await?.as_ref().map_or(Err(Error::NotFound), Source::read)
}

/// Sources behind the number `after`, in the order they were created.
pub async fn source_list(db: &impl Query, org: OrgId, after: i64, limit: i64) -> Result<Vec<Source>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM source WHERE org_id = $1 AND source_no > $2 ORDER BY source_no LIMIT $3"
    );
    db.rows(&sql, vals![org.0, after, limit]).await?.iter().map(Source::read).collect()
}

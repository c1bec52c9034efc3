//! `fairlead import`: a file into a source, beside a running server or without one.

use crate::cli::Import as Wish;
use crate::commands::Context;
use crate::commands::office::{Missing, Office};
use crate::ending::{Ending, usage};
use crate::report::import::{Given, ImportFacts, Reason, new_source, summary};
use crate::term::{ImportProgress, Out};
use anyhow::Context as _;
use engine::import::{ImportOptions, ImportTicket, NewImport, RegisterImport};
use model::import::ImportState;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;
use store::assignment::batch_list;
use store::import::{Import, row_error_list, row_error_reasons};
use store::source::source_find;
use tokio::io::AsyncReadExt;

mod look;

pub(crate) async fn run(context: &Context, wish: Wish) -> anyhow::Result<Ending> {
    let path = readable(&wish.file)?;
    if wish.dry_run {
        return look::run(context, &wish, &path).await;
    }
    let office = Office::open(context, Missing::First).await?;
    if let Some(text) = office.told_creation() {
        context.out.say(text)?;
    }
    let new = Incoming {
        path: &path,
        source: &wish.source,
        options: ImportOptions {
            mapping: wish.mapping.clone(),
            no_assign: wish.no_assign,
            duplicates: wish.duplicates,
            keep_file: true,
        },
    };
    let told = run_in(context, &office, &wish, new).await;
    office.close().await;
    told
}

async fn run_in(
    context: &Context,
    office: &Office,
    wish: &Wish,
    new: Incoming<'_>,
) -> anyhow::Result<Ending> {
    let out = &context.out;
    let (import, facts) = import_file(out, office, new).await?;
    out.say(summary(out.paint, &facts))?;
    if let Some(errors) = &wish.errors {
        let rows = write_errors(office, &import, errors).await?;
        out.say(format!("  {} written to {}", crate::term::plural(rows, "rejected row"), errors.display()))?;
    }
    out.object(&facts)?;
    if facts.state == ImportState::Failed {
        let why = facts.message.unwrap_or_else(|| "it says no more".to_owned());
        return Err(anyhow::anyhow!("{} could not be imported: {why}", facts.file));
    }
    Ok(if facts.counts.rejected > 0 { Ending::SomeFailed } else { Ending::Done })
}

/// The file's whole path, if it can be read.
pub(crate) fn readable(file: &Path) -> anyhow::Result<PathBuf> {
    let path =
        std::fs::canonicalize(file).map_err(|e| usage(format!("cannot read {}: {e}", file.display())))?;
    match std::fs::File::open(&path) {
        Ok(_) if path.is_file() => Ok(path),
        Ok(_) => Err(usage(format!("{} is not a file", file.display()))),
        Err(error) => Err(usage(format!("cannot read {}: {error}", file.display()))),
    }
}

/// A file and where it goes.
pub(crate) struct Incoming<'a> {
    pub(crate) path: &'a Path,
    pub(crate) source: &'a str,
    pub(crate) options: ImportOptions,
}

/// Imports with progress; creates the source when it is missing, and says so.
pub(crate) async fn import_file(
    out: &Out,
    office: &Office,
    new: Incoming<'_>,
) -> anyhow::Result<(Import, ImportFacts)> {
    let begun = Instant::now();
    let known = source_find(office.reader(), office.org(), new.source).await;
    let source_created = matches!(known, Err(store::Error::NotFound));
    let import = register(office, &new).await?;
    if source_created {
        out.say(new_source(new.source))?;
    }
    let mut progress = ImportProgress::new(out, import.bytes_total);
    let ticket = ImportTicket { import };
    let worked = office
        .engine
        .work_import(ticket, |now| progress.told(now.counts.rows, now.bytes_read, now.bytes_total))
        .await;
    progress.end()?;
    let import = worked.with_context(|| format!("cannot import {}", new.path.display()))?;
    let seconds = begun.elapsed().as_secs_f64();
    let reasons = row_error_reasons(office.reader(), office.org(), import.import_no, 100)
        .await
        .context("cannot read the rejected rows")?;
    let reason = |(column, reason, rows)| Reason { column, reason, rows };
    let facts = ImportFacts {
        import_id: import.id,
        file: import.file_name.clone(),
        source: new.source.to_owned(),
        source_created,
        state: import.state,
        counts: import.counts,
        rejected_by_reason: reasons.into_iter().map(reason).collect(),
        assigned_to: given(office, &import).await?,
        seconds,
        rows_per_second: import.counts.rows as f64 / seconds.max(0.001),
        message: import.message.clone(),
    };
    Ok((import, facts))
}

/// An embedded database reads the file where it is; PostgreSQL's nodes get it through the database.
async fn register(office: &Office, new: &Incoming<'_>) -> anyhow::Result<Import> {
    let path = new.path;
    let reading = || format!("cannot read {}", path.display());
    let mut options = new.options.clone();
    let bytes = std::fs::metadata(path).with_context(reading)?.len();
    let embedded = matches!(office.target, store::Target::Sqlite(_));
    let (spool, bytes) = match path.to_str() {
        Some(path) if embedded => (path.to_owned(), bytes),
        _ => {
            options.keep_file = false;
            let mut spool = office.engine.spool(&office.by).await.context("cannot store the file")?;
            let mut file = tokio::fs::File::open(path).await.with_context(reading)?;
            let mut buffer = vec![0; 1 << 18];
            loop {
                match file.read(&mut buffer).await.with_context(reading)? {
                    0 => break,
                    n => spool.write(&buffer[..n]).await.context("cannot store the file")?,
                }
            }
            let spooled = spool.finish().await.context("cannot store the file")?;
            (spooled.key, spooled.bytes)
        }
    };
    let file_name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let new = NewImport {
        source: new.source.to_owned(),
        create_source: true,
        file_name,
        spool,
        bytes,
        upload: None,
        options,
    };
    let register = RegisterImport::new(&office.engine, new);
    office.engine.run(&office.by, register).await.context("cannot begin the import")
}

/// Leads by agent, from the import's batch.
async fn given(office: &Office, import: &Import) -> anyhow::Result<Vec<Given>> {
    if import.counts.assigned == 0 {
        return Ok(Vec::new());
    }
    let batches = batch_list(office.reader(), office.org(), import.source_no, 100)
        .await
        .context("cannot read who got the leads")?;
    let Some(batch) = batches.into_iter().find(|batch| batch.id == import.batch_id) else {
        return Ok(Vec::new());
    };
    let parts = batch.breakdown.as_array().cloned().unwrap_or_default();
    let number = |part: &serde_json::Value, key: &str| part.get(key).and_then(serde_json::Value::as_i64);
    let parts: BTreeMap<i64, i64> = parts
        .iter()
        .filter_map(|part| Some((number(part, "agent_no")?, number(part, "assigned")?)))
        .collect();
    let numbers: Vec<i64> = parts.keys().copied().collect();
    let agents = store::agent::agent_list_no(office.reader(), office.org(), &numbers)
        .await
        .context("cannot read the agents")?;
    let part = |agent: store::agent::Agent| Given {
        assigned: parts.get(&agent.agent_no).copied().unwrap_or(0),
        agent: agent.name,
    };
    Ok(agents.into_iter().map(part).collect())
}

/// Rejected rows as CSV, a page at a time; cells are safe to open in a spreadsheet.
async fn write_errors(office: &Office, import: &Import, path: &Path) -> anyhow::Result<i64> {
    let writing = || format!("cannot write {}", path.display());
    let mut file = std::io::BufWriter::new(std::fs::File::create(path).with_context(writing)?);
    file.write_all(b"line,column,reason,original\r\n").with_context(writing)?;
    let (mut after, mut rows) = (0, 0);
    loop {
        let page = row_error_list(office.reader(), office.org(), import.import_no, after, 5_000)
            .await
            .context("cannot read the rejected rows")?;
        let Some((last, _, _)) = page.last() else { break };
        after = *last;
        for (_, kind, error) in &page {
            if kind == "rejected" {
                rows += 1;
                let cells = [&error.column, &error.reason, &error.original].map(|text| cell(text));
                write!(file, "{},{}\r\n", error.line, cells.join(",")).with_context(writing)?;
            }
        }
    }
    file.flush().with_context(writing)?;
    Ok(rows)
}

/// A quoted, formula-safe cell.
pub(crate) fn cell(text: &str) -> String {
    format!("\"{}\"", engine::intake::export::formula_safe(text).replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn a_cell_is_quoted_and_never_a_formula() {
        assert_eq!(cell("say \"hi\", twice"), "\"say \"\"hi\"\", twice\"");
        assert_eq!(cell("=cmd()"), "\"'=cmd()\"");
    }
}

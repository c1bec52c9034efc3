//! The dry run: what the file looks like, what each column would mean, which rows would be rejected.

use crate::cli::Import as Wish;
use crate::commands::Context;
use crate::commands::office::{Missing, Office};
use crate::ending::{Ending, usage};
use crate::report::import::{Look, look};
use engine::intake::format::{Book, Encoding, Format};
use engine::intake::preview::{inspect, open_rows};
use engine::intake::{FileError, RowConverter};
use std::fs::File;
use std::path::Path;

/// Would-be errors that are kept for telling.
const TOLD: usize = 200;

pub(crate) async fn run(context: &Context, wish: &Wish, path: &Path) -> anyhow::Result<Ending> {
    let (region, zone) = home(context).await?;
    let (wish_mapping, path) = (wish.mapping.clone(), path.to_owned());
    let looked = tokio::task::spawn_blocking(move || look_at(&path, &wish_mapping, &region, &zone)).await?;
    let (facts, rejected) = looked.map_err(|error| usage(error.to_string()))?;
    context.out.say(look(context.out.paint, &facts))?;
    context
        .out
        .say("This was a dry run: nothing was stored. Duplicates are found only when rows are stored.")?;
    let columns: Vec<_> = facts
        .columns
        .iter()
        .map(|(column, field)| serde_json::json!({"column": column, "field": field}))
        .collect();
    let errors: Vec<_> = facts
        .rejected
        .iter()
        .map(|(line, column, reason)| serde_json::json!({"line": line, "column": column, "reason": reason}))
        .collect();
    let first: Vec<_> =
        facts.rows.iter().map(|(line, cells)| serde_json::json!({"line": line, "cells": cells})).collect();
    context.out.object(&serde_json::json!({
        "dry_run": true, "file": facts.file, "format": facts.format, "columns": columns, "first_rows": first,
        "rows": facts.usable + rejected, "usable": facts.usable, "rejected": rejected, "errors": errors,
    }))?;
    Ok(if rejected > 0 { Ending::SomeFailed } else { Ending::Done })
}

/// Region and zone of the organisation, or of the one that would be made.
async fn home(context: &Context) -> anyhow::Result<(String, String)> {
    let exists = context.config.target()?.file().is_none_or(Path::exists);
    if exists && let Ok(office) = Office::open(context, Missing::Nothing).await {
        let home = (office.organization.region.clone(), office.organization.timezone.clone());
        office.close().await;
        return Ok(home);
    }
    let new = &context.config.organization;
    Ok((new.region.clone(), new.timezone.clone()))
}

fn look_at(path: &Path, overrides: &[String], region: &str, zone: &str) -> Result<(Look, u64), FileError> {
    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let preview = inspect(File::open(path)?, &name)?;
    let mapping = preview.mapping.with_overrides(overrides)?;
    mapping.check()?;
    let columns = mapping.columns.iter().map(|c| (c.header.clone(), c.field.to_string())).collect();
    let width = mapping.columns.len();
    let zone = jiff::tz::TimeZone::get(zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let converter = RowConverter::new(mapping, region, zone);
    let mut facts = Look {
        file: name,
        format: in_words(&preview.format),
        columns,
        rows: preview.rows.into_iter().map(|row| (row.line, row.cells)).collect(),
        usable: 0,
        rejected: Vec::new(),
    };
    let mut rejected = 0;
    let mut rows = open_rows(File::open(path)?, &preview.format, width, None)?;
    while let Some(row) = rows.next_row()? {
        let problem = match row {
            Ok(row) => match converter.convert(&row) {
                Ok(_) => {
                    facts.usable += 1;
                    continue;
                }
                Err(problem) => (row.line(), problem.column, problem.reason),
            },
            Err(error) => (error.line, error.column, error.reason),
        };
        rejected += 1;
        if facts.rejected.len() < TOLD {
            facts.rejected.push(problem);
        }
    }
    Ok((facts, rejected))
}

fn in_words(format: &Format) -> String {
    match format {
        Format::Delimited(text) => {
            let kind = match text.delimiter {
                ',' => "comma-separated".to_owned(),
                '\t' => "tab-separated".to_owned(),
                other => format!("{other:?}-separated"),
            };
            let encoding = match text.encoding {
                Encoding::Utf8 => "UTF-8",
                Encoding::Utf16Le | Encoding::Utf16Be => "UTF-16",
                Encoding::Windows1252 => "Windows-1252",
            };
            format!("{kind}, {encoding}, {}", header(text.has_header))
        }
        Format::Workbook { workbook, has_header } => {
            let kind = match workbook {
                Book::Xlsx => "XLSX",
                Book::Xls => "XLS",
                Book::Ods => "ODS",
            };
            format!("{kind} workbook, {}", header(*has_header))
        }
    }
}

fn header(has: bool) -> &'static str {
    if has { "with a header" } else { "without a header" }
}

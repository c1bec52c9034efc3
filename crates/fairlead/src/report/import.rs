//! What became of a file.

use crate::term::{Align, Paint, Table, bar, grouped, percent, plural, seconds};
use model::import::ImportCounts;
use serde::Serialize;

/// An import at its end.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct ImportFacts {
    pub(crate) import_id: model::ImportId,
    pub(crate) file: String,
    pub(crate) source: String,
    pub(crate) source_created: bool,
    pub(crate) state: model::import::ImportState,
    #[serde(flatten)]
    pub(crate) counts: ImportCounts,
    pub(crate) rejected_by_reason: Vec<Reason>,
    pub(crate) assigned_to: Vec<Given>,
    pub(crate) seconds: f64,
    pub(crate) rows_per_second: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<String>,
}

/// A reason rows were rejected for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Reason {
    pub(crate) column: String,
    pub(crate) reason: String,
    pub(crate) rows: i64,
}

/// What an agent got out of a file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Given {
    pub(crate) agent: String,
    pub(crate) assigned: i64,
}

/// The summary of an import.
pub(crate) fn summary(paint: Paint, import: &ImportFacts) -> String {
    let counts = &import.counts;
    let n = |count: u64| grouped(count as i64);
    let mut text = format!(
        "{} {}\n",
        paint.heading("📥", &format!("{} → {}", import.file, import.source)),
        paint.dim(&format!(
            "{} in {} ({} rows/s)",
            plural(counts.rows as i64, "row"),
            seconds(import.seconds),
            grouped(import.rows_per_second as i64)
        ))
    );
    let mut table = Table::new(&[("", Align::Left), ("", Align::Right), ("", Align::Left)]);
    let mut line = |what: &str, count: u64, note: &str| {
        table.row(vec![what.to_owned(), n(count), paint.dim(note)]);
    };
    line("accepted", counts.accepted, "");
    line(
        "duplicates",
        counts.duplicates,
        if counts.duplicates > 0 { "known already, or twice in the file" } else { "" },
    );
    line("rejected", counts.rejected, "");
    line("assigned", counts.assigned, "");
    text.push_str(&table.render(paint));
    text.push_str(&reasons(paint, &import.rejected_by_reason));
    text.push_str(&assigned_to(paint, &import.assigned_to));
    text
}

/// Why rows were rejected, the most common reason first.
pub(crate) fn reasons(paint: Paint, reasons: &[Reason]) -> String {
    if reasons.is_empty() {
        return String::new();
    }
    let mut table =
        Table::new(&[("REJECTED", Align::Right), ("COLUMN", Align::Left), ("REASON", Align::Left)]);
    for reason in reasons.iter().take(12) {
        let column = if reason.column.is_empty() { "–" } else { &reason.column };
        table.row(vec![paint.yellow(&grouped(reason.rows)), column.to_owned(), reason.reason.clone()]);
    }
    let mut text = table.render(paint);
    if reasons.len() > 12 {
        text.push_str(&format!("  … and {} more reasons\n", reasons.len() - 12));
    }
    text
}

fn assigned_to(paint: Paint, given: &[Given]) -> String {
    let sum = given.iter().map(|g| g.assigned).sum::<i64>() as f64;
    let most = given.iter().map(|g| g.assigned).max().unwrap_or(0) as f64;
    let mut table = Table::new(&[
        ("AGENT", Align::Left),
        ("GOT", Align::Right),
        ("SHARE", Align::Right),
        ("", Align::Left),
    ]);
    for part in given {
        table.row(vec![
            part.agent.clone(),
            paint.green(&format!("+{}", grouped(part.assigned))),
            percent(part.assigned as f64, sum),
            paint.green(&bar(paint, part.assigned as f64, most, 20)),
        ]);
    }
    if table.is_empty() { String::new() } else { table.render(paint) }
}

/// What a file looks like before anything is stored.
pub(crate) struct Look {
    pub(crate) file: String,
    pub(crate) format: String,
    /// Header, field, and where the field came from.
    pub(crate) columns: Vec<(String, String)>,
    /// Some cells of the first rows.
    pub(crate) rows: Vec<(u64, Vec<String>)>,
    pub(crate) usable: u64,
    pub(crate) rejected: Vec<(u64, String, String)>,
}

/// The dry run of an import.
pub(crate) fn look(paint: Paint, look: &Look) -> String {
    let mut text = format!("{} {}\n", paint.heading("🔎", &look.file), paint.dim(&look.format));
    let mut table =
        Table::new(&[("COLUMN", Align::Left), ("FIELD", Align::Left), ("FIRST ROWS", Align::Left)]);
    for (place, (column, field)) in look.columns.iter().enumerate() {
        let cells: Vec<&str> = look
            .rows
            .iter()
            .filter_map(|(_, cells)| cells.get(place))
            .map(String::as_str)
            .filter(|cell| !cell.trim().is_empty())
            .take(3)
            .collect();
        let field = match field.as_str() {
            "custom" | "ignore" => paint.dim(field),
            field => paint.green(field),
        };
        table.row(vec![cut(column, 28), field, paint.dim(&cut(&cells.join(" · "), 50))]);
    }
    text.push_str(&table.render(paint));
    text.push_str(&format!("  {} would be usable\n", plural(look.usable as i64, "row")));
    if look.rejected.is_empty() {
        return text;
    }
    let mut table =
        Table::new(&[("LINE", Align::Right), ("COLUMN", Align::Left), ("WOULD BE REJECTED", Align::Left)]);
    for (line, column, reason) in look.rejected.iter().take(20) {
        table.row(vec![line.to_string(), cut(column, 28), paint.yellow(reason)]);
    }
    text + &table.render(paint)
}

/// At most `width` characters.
fn cut(text: &str, width: usize) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().count() <= width {
        return text;
    }
    let mut cut: String = text.chars().take(width - 1).collect();
    cut.push('…');
    cut
}

/// The sentence that says a source is new.
pub(crate) fn new_source(source: &str) -> String {
    format!("Created the source {source}.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_counts_every_fate() {
        let import = ImportFacts {
            import_id: model::ImportId(Default::default()),
            file: "leads.csv".into(),
            source: "META".into(),
            source_created: true,
            state: model::import::ImportState::Done,
            counts: ImportCounts { rows: 600, accepted: 588, duplicates: 8, rejected: 4, assigned: 588 },
            rejected_by_reason: vec![Reason { column: "phone".into(), reason: "too short".into(), rows: 4 }],
            assigned_to: vec![Given { agent: "Asha Nair".into(), assigned: 588 }],
            seconds: 0.25,
            rows_per_second: 2400.0,
            message: None,
        };
        let expected = "\
leads.csv → META 600 rows in 250 ms (2,400 rows/s)
  accepted    588
  duplicates    8  known already, or twice in the file
  rejected      4
  assigned    588
  REJECTED  COLUMN  REASON
         4  phone   too short
  AGENT       GOT    SHARE
  Asha Nair  +588  100.0 %  ####################
";
        assert_eq!(summary(Paint::plain(), &import), expected);
    }

    #[test]
    fn a_dry_run_shows_what_each_column_means() {
        let facts = Look {
            file: "leads.csv".into(),
            format: "CSV, UTF-8".into(),
            columns: vec![("Phone Number".into(), "phone".into()), ("Note".into(), "custom".into())],
            rows: vec![(2, vec!["98450 11111".into(), "a\nb".into()])],
            usable: 1,
            rejected: vec![(3, "Phone Number".into(), "too short".into())],
        };
        let expected = "\
leads.csv CSV, UTF-8
  COLUMN        FIELD   FIRST ROWS
  Phone Number  phone   98450 11111
  Note          custom  a b
  1 row would be usable
  LINE  COLUMN        WOULD BE REJECTED
     3  Phone Number  too short
";
        assert_eq!(look(Paint::plain(), &facts), expected);
    }
}

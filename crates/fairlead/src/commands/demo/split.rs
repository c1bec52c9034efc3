//! A lead file with a column for the source becomes one file a source.

use engine::intake::format::Format;
use engine::intake::preview::{inspect, open_rows};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::path::{Path, PathBuf};

/// Larger files go into one source: splitting holds them in memory.
const LARGEST: u64 = 64 << 20;
/// More sources than this are no sources.
const MOST: usize = 12;
/// Where everything goes when there is no such column.
const ONLY: &str = "META";

/// The leads of one source.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) source: String,
    pub(crate) path: PathBuf,
    /// Made here, to be removed.
    pub(crate) split: bool,
}

/// The file in parts, by its source column; whole where it has none.
pub(crate) fn by_source(path: &Path, folder: &Path) -> std::io::Result<Vec<Part>> {
    let whole = || vec![Part { source: ONLY.to_owned(), path: path.to_owned(), split: false }];
    if std::fs::metadata(path)?.len() > LARGEST {
        return Ok(whole());
    }
    let Some(texts) = texts(path) else { return Ok(whole()) };
    let mut parts = Vec::new();
    for (place, (source, text)) in texts.into_iter().enumerate() {
        let path = folder.join(format!("part-{place}.csv"));
        std::fs::write(&path, text)?;
        parts.push(Part { source, path, split: true });
    }
    parts.sort_by_key(|part| part.source != ONLY);
    Ok(parts)
}

/// CSV by source. `None`: no source column, a row that cannot be read (the import shall tell its line), or too many.
fn texts(path: &Path) -> Option<BTreeMap<String, String>> {
    let name = path.file_name()?.to_string_lossy().into_owned();
    let preview = inspect(File::open(path).ok()?, &name).ok()?;
    let Format::Delimited(format) = &preview.format else { return None };
    let column = preview.columns.iter().position(|column| is_source(column)).filter(|_| format.has_header)?;
    let header = line(preview.columns.iter().map(String::as_str));
    let mut texts: BTreeMap<String, String> = BTreeMap::new();
    let mut rows = open_rows(File::open(path).ok()?, &preview.format, preview.columns.len(), None).ok()?;
    while let Some(row) = rows.next_row().ok()? {
        let row = row.ok()?;
        let source = row.get(column).split_whitespace().collect::<Vec<_>>().join(" ");
        if source.is_empty() || source.chars().count() > 100 {
            return None;
        }
        texts.entry(source).or_insert_with(|| header.clone()).push_str(&line(row.cells()));
        if texts.len() > MOST {
            return None;
        }
    }
    let distinct: std::collections::BTreeSet<String> = texts.keys().map(|name| name.to_lowercase()).collect();
    (!texts.is_empty() && distinct.len() == texts.len()).then_some(texts)
}

fn is_source(header: &str) -> bool {
    let key: String = header.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    matches!(key.as_str(), "source" | "leadsource" | "sourcename")
}

fn line<'a>(cells: impl Iterator<Item = &'a str>) -> String {
    let mut line = String::new();
    for (place, cell) in cells.enumerate() {
        let comma = if place > 0 { "," } else { "" };
        // Writing to a String does not fail.
        let _ = write!(line, "{comma}\"{}\"", cell.replace('"', "\"\""));
    }
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Vec<(String, String)> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.csv");
        std::fs::write(&path, text).expect("written");
        let read = |part: &Part| std::fs::read_to_string(&part.path).expect("a part");
        let parts = by_source(&path, folder.path()).expect("parts");
        parts.iter().map(|part| (part.source.clone(), read(part))).collect()
    }

    #[test]
    fn rows_go_to_their_source() {
        let found = parts("Phone,Lead Source\n9845012345,META\n9845012346,\"Walk  in\"\n9845012347,META\n");
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].0, "META");
        assert_eq!(
            found[0].1,
            "\"Phone\",\"Lead Source\"\n\"9845012345\",\"META\"\n\"9845012347\",\"META\"\n"
        );
        assert_eq!(found[1].0, "Walk in");
    }

    #[test]
    fn a_file_without_sources_stays_whole() {
        assert_eq!(parts("Phone,City\n9845012345,Pune\n")[0].0, ONLY);
        assert_eq!(parts("Phone,Source\n9845012345,\n")[0].0, ONLY);
    }
}

//! Rules of the source tree that no compiler knows: who may import whom, sizes, migrations, paths, sleeps.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

/// Which workspace crates each one may depend on. Changing a line here is a decision of design.
const IMPORTS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("intake", &["model"]),
    ("routing", &["model"]),
    ("market", &["model"]),
    ("dialer", &["model"]),
    ("scoring", &["model"]),
    ("store", &["model"]),
    ("engine", &["model", "intake", "routing", "market", "dialer", "scoring", "store"]),
    ("web", &["engine", "model", "store"]),
    ("fairlead", &["model", "store", "engine", "web"]),
    ("bench", &["xtask"]), // drives the product through its public edges only
    ("xtask", &[]),
];

/// Crates that think and never act, and what would let them act.
const PURE: &[&str] = &["model", "intake", "routing", "market", "dialer", "scoring"];
const EFFECTS: &[&str] = &["axum", "hyper", "reqwest", "rusqlite", "sea-orm", "sqlx", "tokio"];

const MAX_LINES: usize = 600;

/// Checks the whole tree; the error lists every breach as `file:line: what`.
pub(crate) fn check(root: &Path) -> Result<()> {
    let files = files(root)?;
    let mut breaches = Vec::new();
    for (path, text) in &files {
        if let Some(krate) = crate_of(path) {
            breaches.extend(imports(krate, text).into_iter().map(|why| format!("{path}: {why}")));
        }
        if path.ends_with(".rs") {
            let lines = text.lines().count();
            if lines >= MAX_LINES {
                breaches.push(format!("{path}: {lines} lines, split it before {MAX_LINES}"));
            }
            breaches.extend(sleeps(path, text));
        }
        breaches.extend(
            machine_paths(text).into_iter().map(|line| format!("{path}:{line}: a path of one machine")),
        );
    }
    let migrations = files.keys().filter(|path| path.contains("/migrations/") && path.ends_with(".sql"));
    breaches.extend(migration_gaps(migrations.map(String::as_str)));
    ensure!(breaches.is_empty(), "{} breaches\n    {}", breaches.len(), breaches.join("\n    "));
    println!("{} files are tidy", files.len());
    Ok(())
}

/// Every text file git knows or would take, by its path from the root.
fn files(root: &Path) -> Result<BTreeMap<String, String>> {
    let mut git = Command::new("git");
    git.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).current_dir(root);
    let out = git.output().context("git did not start")?;
    if !out.status.success() {
        bail!("git ls-files: {}", String::from_utf8_lossy(&out.stderr).trim());
    }
    let names = String::from_utf8(out.stdout).context("a file name is not UTF-8")?;
    let texts = names.split_terminator('\0').filter(|name| !name.ends_with("Cargo.lock"));
    Ok(texts.filter_map(|name| Some((name.to_owned(), fs::read_to_string(root.join(name)).ok()?))).collect())
}

/// `crates/NAME/Cargo.toml`, `bench/Cargo.toml`, `xtask/Cargo.toml`.
fn crate_of(path: &str) -> Option<&str> {
    let folder = path.strip_suffix("/Cargo.toml")?;
    Some(folder.strip_prefix("crates/").unwrap_or(folder))
}

fn imports(krate: &str, manifest: &str) -> Vec<String> {
    let Some((_, allowed)) = IMPORTS.iter().find(|(name, _)| *name == krate) else {
        return vec![format!("crate {krate} is not in the import table (xtask/src/tidy.rs)")];
    };
    let known: BTreeSet<&str> = IMPORTS.iter().map(|(name, _)| *name).collect();
    let mut breaches = Vec::new();
    for dependency in dependencies(manifest) {
        if known.contains(dependency) && !allowed.contains(&dependency) {
            breaches.push(format!("{krate} may not import {dependency}"));
        }
        if PURE.contains(&krate) && EFFECTS.contains(&dependency) {
            breaches.push(format!("{krate} is pure and may not use {dependency}"));
        }
    }
    breaches
}

/// The names in every table of dependencies, also the dev and build ones.
fn dependencies(manifest: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut inside = false;
    for line in manifest.lines().map(str::trim) {
        if let Some(section) = line.strip_prefix('[') {
            let section = section.trim_end_matches(']');
            inside = section.ends_with("dependencies");
            if let Some((table, name)) = section.rsplit_once('.')
                && table.ends_with("dependencies")
            {
                found.push(name);
            }
        } else if inside && let Some(end) = line.find(['.', '=', ' ']) {
            found.push(&line[..end]);
        }
    }
    found.retain(|name| !name.starts_with('#') && !name.is_empty());
    found
}

/// Tests wait for a condition or an event, never for time to pass.
fn sleeps(path: &str, text: &str) -> Vec<String> {
    let mut in_tests = path.starts_with("tests/") || path.contains("/tests/") || path.ends_with("/tests.rs");
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        in_tests |= line.trim_start().starts_with("#[cfg(test)]");
        let called = line.match_indices("sleep").any(|(at, _)| {
            let before = line[..at].chars().next_back().unwrap_or(' ');
            !before.is_alphanumeric() && before != '_' && line[at + 5..].starts_with('(')
        });
        if in_tests && called {
            found.push(format!("{path}:{}: a test sleeps", number + 1));
        }
    }
    found
}

/// Lines that name a folder of the machine they were written on.
fn machine_paths(text: &str) -> Vec<usize> {
    const FOLDERS: &[&str] = &["work", "root", "home", "farm"];
    let names_one = |line: &str| {
        line.match_indices('/').any(|(at, _)| {
            let before = line[..at].chars().next_back().unwrap_or(' ');
            let starts = !before.is_alphanumeric() && !".-_/)}>*~<".contains(before);
            let rest = &line[at + 1..];
            let folder = FOLDERS.iter().find_map(|name| rest.strip_prefix(name));
            starts && folder.is_some_and(|after| after.starts_with('/'))
        })
    };
    text.lines().enumerate().filter(|(_, line)| names_one(line)).map(|(number, _)| number + 1).collect()
}

/// Numbered from 1 without a gap, once each; a text for one database has its twin for the other.
/// The database is a folder (`sqlite/0001_x.sql`) or an ending (`0001_x.sqlite.sql`); without it the text is for both.
fn migration_gaps<'a>(paths: impl Iterator<Item = &'a str>) -> Vec<String> {
    type Texts<'a> = Vec<(String, &'a str)>; // name and database
    let mut folders: BTreeMap<&str, BTreeMap<u32, Texts<'_>>> = BTreeMap::new();
    let mut breaches = Vec::new();
    for path in paths {
        let Some((folder, rest)) = path.split_once("/migrations/") else { continue };
        let database = ["sqlite", "postgres"].into_iter().find(|name| rest.contains(name)).unwrap_or("both");
        let file = rest.rsplit('/').next().unwrap_or(rest).trim_end_matches(".sql");
        let name = file.trim_end_matches(&format!(".{database}")).to_owned();
        match name.split(['_', '-']).next().unwrap_or_default().parse() {
            Ok(number) => {
                folders.entry(folder).or_default().entry(number).or_default().push((name, database))
            }
            Err(_) => breaches.push(format!("{path}: a migration's name starts with its number")),
        }
    }
    for (folder, numbers) in folders {
        for (place, (number, texts)) in (1..).zip(&numbers) {
            if *number != place {
                breaches.push(format!("{folder}/migrations: number {place} is missing before {number}"));
                break;
            }
            let databases: BTreeSet<&str> = texts.iter().map(|(_, database)| *database).collect();
            let paired =
                databases == BTreeSet::from(["both"]) || databases == BTreeSet::from(["postgres", "sqlite"]);
            let same_name = texts.iter().all(|(name, _)| *name == texts[0].0);
            if !paired || !same_name || texts.len() != databases.len() {
                breaches.push(format!(
                    "{folder}/migrations: number {number} is not one migration for both databases"
                ));
            }
        }
    }
    breaches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forbidden_import_is_named() {
        let manifest = "[package]\nname = \"routing\"\n[dependencies]\nmodel.workspace = true\nstore = { path = \"x\" }\n\
                        # web = no\n[dev-dependencies.intake]\npath = \"y\"\n[dependencies.tokio]\nworkspace = true\n[lints]\nweb = 1\n";
        assert_eq!(
            imports("routing", manifest),
            [
                "routing may not import store",
                "routing may not import intake",
                "routing is pure and may not use tokio"
            ]
        );
        assert_eq!(imports("engine", "[dependencies]\nmarket.workspace = true\n"), Vec::<String>::new());
        assert_eq!(imports("helpers", "").len(), 1);
    }

    #[test]
    fn a_sleep_is_found_in_tests_only() {
        let sleep = format!("    std::thread::{}(moment);\n", "sleep");
        assert_eq!(sleeps("crates/x/src/y.rs", &sleep).len(), 0);
        assert_eq!(sleeps("crates/x/tests/it/y.rs", &sleep).len(), 1);
        assert_eq!(sleeps("crates/x/src/y.rs", &format!("#[cfg(test)]\nmod tests {{\n{sleep}}}")).len(), 1);
        assert_eq!(sleeps("crates/x/tests/y.rs", "fn it_does_not_oversleep() { no_sleep(); }").len(), 0);
    }

    #[test]
    fn a_path_of_one_machine_is_found() {
        let folder = "root";
        assert_eq!(machine_paths(&format!("fine\n\"/{folder}/x\"\n")), [2]);
        assert_eq!(machine_paths(&format!("see ../{folder}/x and https://a.b/{folder}/x")), [0; 0]);
        assert_eq!(machine_paths("/workspace /homepage"), [0; 0]);
    }

    #[test]
    fn migrations_have_no_gap_and_are_paired() {
        let gaps = |paths: &[&str]| migration_gaps(paths.iter().copied()).len();
        assert_eq!(
            gaps(&[
                "s/migrations/0001_a.sql",
                "s/migrations/0002_b.sqlite.sql",
                "s/migrations/0002_b.postgres.sql"
            ]),
            0
        );
        assert_eq!(gaps(&["s/migrations/sqlite/0001_a.sql", "s/migrations/postgres/0001_a.sql"]), 0);
        assert_eq!(gaps(&["s/migrations/0001_a.sql", "s/migrations/0003_b.sql"]), 1);
        assert_eq!(gaps(&["s/migrations/0001_a.sql", "s/migrations/0001_b.sql"]), 1);
        assert_eq!(gaps(&["s/migrations/sqlite/0001_a.sql"]), 1);
        assert_eq!(gaps(&["s/migrations/first.sql"]), 1);
    }
}

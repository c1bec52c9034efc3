//! What all figures share: the working folder, the databases, the product's program, the table.

use std::env;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use xtask::postgres::Postgres;

use crate::table::Table;

pub(crate) struct Bench {
    pub(crate) quick: bool,
    pub(crate) dir: PathBuf,
    pub(crate) table: Table,
    product: Option<PathBuf>,
    postgres: Option<Postgres>,
    made: u32,
}

/// The product was left out on purpose (`--baselines`).
#[derive(Debug)]
pub(crate) struct NotAsked;

impl fmt::Display for NotAsked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("left out")
    }
}

impl std::error::Error for NotAsked {}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Database {
    Sqlite,
    Postgres,
}

impl Database {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

impl Bench {
    pub(crate) fn new(quick: bool, baselines: bool) -> Result<Self> {
        let me = env::current_exe()?;
        let release = me.parent().context("a program lies in a folder")?;
        let dir =
            env::var_os("FAIRLEAD_BENCH_DIR").map_or_else(|| release.join("../bench-files"), PathBuf::from);
        remove_left_behind(&dir);
        let dir = dir.join(format!("{FOLDER}{}", std::process::id()));
        fs::create_dir_all(&dir).with_context(|| format!("cannot create {}", dir.display()))?;
        let dir = dir.canonicalize()?;
        let product = env::var_os("FAIRLEAD_BIN").map_or_else(|| release.join("fairlead"), PathBuf::from);
        let product = (!baselines).then_some(product);
        Ok(Self { quick, dir, table: Table::default(), product, postgres: None, made: 0 })
    }

    /// A size, ten times smaller in a quick run.
    pub(crate) fn size(&self, full: usize) -> usize {
        if self.quick { full / 10 } else { full }
    }

    pub(crate) fn product(&self) -> Result<&Path> {
        let product = self.product.as_deref().ok_or(NotAsked)?;
        ensure!(product.is_file(), "{} is not built", product.display());
        Ok(product)
    }

    pub(crate) fn postgres(&mut self) -> Result<&Postgres> {
        if self.postgres.is_none() {
            self.postgres = Some(Postgres::start()?);
        }
        self.postgres.as_ref().context("just started")
    }

    /// A client on a fresh, empty database of the throw-away PostgreSQL.
    pub(crate) fn postgres_client(&mut self) -> Result<postgres::Client> {
        let url = self.fresh(Database::Postgres)?;
        Ok(postgres::Client::connect(&url, postgres::NoTls)?)
    }

    /// The address of a fresh, empty database.
    pub(crate) fn fresh(&mut self, database: Database) -> Result<String> {
        self.made += 1;
        let name = format!("bench{}", self.made);
        match database {
            Database::Sqlite => {
                Ok(format!("sqlite://{}", self.dir.join(name).with_extension("db").display()))
            }
            Database::Postgres => {
                let server = self.postgres()?;
                let mut client = postgres::Client::connect(&server.url(), postgres::NoTls)?;
                client.batch_execute(&format!("CREATE DATABASE {name}"))?;
                Ok(server.url_of(&name))
            }
        }
    }

    /// The path of a file in the working folder.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }
}

/// Each run has a folder of its own, named by its process.
const FOLDER: &str = "fairlead-bench-";

/// What runs left that were interrupted.
fn remove_left_behind(dir: &Path) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.strip_prefix(FOLDER).is_some_and(|pid| !Path::new("/proc").join(pid).exists()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.dir);
    }
}

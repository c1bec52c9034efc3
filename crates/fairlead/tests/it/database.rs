//! A database of a test's own: a temporary SQLite file, or a fresh database on the PostgreSQL that the environment
//! names; gone afterwards.

use crate::app::fairlead;
use sea_orm::ConnectionTrait;
use std::io::Write as _;
use std::process::Output;
use std::sync::atomic::{AtomicU32, Ordering};

/// Names a PostgreSQL where databases may be created; `cargo xtask test` sets it.
const POSTGRES: &str = "FAIRLEAD_TEST_POSTGRES";

pub(crate) struct Database {
    pub(crate) url: String,
    /// Of SQLite.
    folder: Option<tempfile::TempDir>,
    /// Of PostgreSQL.
    name: Option<String>,
}

/// Runs a test on each database there is.
pub(crate) fn both(test: impl Fn(Database)) {
    test(sqlite());
    if let Some(db) = postgres_or_skip() {
        test(db);
    }
}

/// [`postgres`]; says so when there is none, and what needs it is skipped. The harness keeps what a passing test
/// prints to itself, so it is written past it.
pub(crate) fn postgres_or_skip() -> Option<Database> {
    let db = postgres();
    if db.is_none() {
        let test = std::thread::current().name().unwrap_or("a test").to_owned();
        let said = format!("{test}: PostgreSQL skipped, {POSTGRES} is not set (cargo xtask test sets it)\n");
        // Nobody to tell is no reason to fail.
        let _ = std::io::stderr().write_all(said.as_bytes());
    }
    db
}

/// A fresh file.
pub(crate) fn sqlite() -> Database {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite://{}", folder.path().join("fairlead.db").display());
    Database { url, folder: Some(folder), name: None }
}

/// A fresh database on the server, if there is one.
pub(crate) fn postgres() -> Option<Database> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let server = server()?;
    let name = format!("it_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    execute(&server, &format!("CREATE DATABASE {name}"));
    let (start, _) = server.rsplit_once('/').expect("a database in the address");
    Some(Database { url: format!("{start}/{name}"), folder: None, name: Some(name) })
}

fn server() -> Option<String> {
    std::env::var(POSTGRES).ok().filter(|url| !url.is_empty())
}

fn execute(url: &str, sql: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let db = sea_orm::Database::connect(url).await.expect("PostgreSQL");
        db.execute_unprepared(sql).await.expect(sql);
    });
}

impl Database {
    pub(crate) fn is_sqlite(&self) -> bool {
        self.folder.is_some()
    }

    /// The file of an embedded database.
    pub(crate) fn file(&self) -> Option<&str> {
        self.url.strip_prefix("sqlite://")
    }

    /// Runs a command of the program on it.
    pub(crate) fn cli(&self, args: &[&str]) -> Output {
        fairlead(&self.url, args, "")
    }

    /// Makes a user, and the organisation if there is none of that name; a token of the user's.
    pub(crate) fn token(&self, email: &str, role: &str, org: Option<&str>) -> String {
        let org: Vec<&str> = org.map_or(Vec::new(), |slug| vec!["--org", slug]);
        let run = |args: &[&str]| {
            let out = self.cli(&[args, &org].concat());
            assert!(out.status.success(), "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
            String::from_utf8_lossy(&out.stdout).into_owned()
        };
        run(&["user", "add", "--email", email, "--role", role]);
        let said = run(&["token", "create", "--email", email, "--name", "test"]);
        said.trim().lines().next_back().expect("the token").to_owned()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let (Some(name), Some(server)) = (&self.name, server())
            && !std::thread::panicking()
        {
            execute(&server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
    }
}

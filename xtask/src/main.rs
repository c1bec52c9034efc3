//! The developer's commands: `cargo xtask test | ci | tidy | with-postgres | bench`. CONTRIBUTING.md tells when to use which.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a developer's command talks to a person")]

mod browser;
mod steps;
mod tidy;

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result};
use steps::Steps;
use xtask::install::Missing;
use xtask::postgres::Postgres;

const USAGE: &str = "\
usage: cargo xtask COMMAND
  test [-p CRATE]…          formats, lints, docs, tidy, and every test on SQLite and PostgreSQL
  ci                        the same, and cargo-deny where it is installed: what .ci/run calls
  browser                   only the console's tests in a real browser
  screens [FOLDER]          pictures of every page of the console (default: target/screens)
  tidy                      only the rules of the source tree (imports, sizes, migrations, paths, sleeps)
  with-postgres COMMAND…    any command with FAIRLEAD_TEST_POSTGRES naming a throw-away PostgreSQL
  bench [NAME…] [--quick]   builds in release and prints the table of figures
                            names: assign, import, live, post, fairness (default: all)
exit code: 0 done, 1 a step failed, 2 wrong usage, 3 something this machine lacks";

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let rest = args.get(1..).unwrap_or_default();
    let done = match args.first().map(String::as_str) {
        Some("test") => test(rest, false),
        Some("ci") => test(rest, true),
        Some("browser") => browser::test(&root(), &target()).map(|()| true),
        Some("screens") => screens(rest.first().map(PathBuf::from)),
        Some("tidy") => tidy::check(&root()).map(|()| true),
        Some("with-postgres") if !rest.is_empty() => with_postgres(rest),
        Some("bench") => bench(rest),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(if error.is::<Missing>() { 3 } else { 1 })
        }
    }
}

/// All checks; `only` narrows clippy, docs and tests to some packages (`-p NAME`).
fn test(only: &[String], ci: bool) -> Result<bool> {
    let mut steps = Steps::new(root());
    // First, because without a database the rest is not worth waiting for; it lives until this function ends.
    xtask::install::wanted(&[("nats-server", "nats-server")]);
    let (_postgres, url) = postgres()?;
    let whole = [String::from("--workspace")];
    let only = if only.is_empty() { &whole } else { only };
    let cargo = |words: &[&str], after: &[&str]| {
        let words = words.iter().copied().chain(only.iter().map(String::as_str)).chain(after.iter().copied());
        words.map(str::to_owned).collect::<Vec<_>>()
    };
    steps.cargo("formats", &["fmt", "--all", "--check"].map(str::to_owned), &[]);
    steps.run("tidy", "cargo xtask tidy", || tidy::check(&root()));
    steps.cargo("clippy", &cargo(&["clippy"], &["--all-targets", "--", "-D", "warnings"]), &[]);
    steps.cargo("docs", &cargo(&["doc", "--no-deps"], &[]), &[("RUSTDOCFLAGS", "-Dwarnings")]);
    let tests = cargo(&["test"], &[]);
    steps.run("tests", &format!("cargo xtask with-postgres cargo {}", tests.join(" ")), || {
        steps::finish(
            Command::new(steps::cargo()).args(&tests).env("FAIRLEAD_TEST_POSTGRES", url).current_dir(root()),
        )
    });
    if *only == whole {
        steps.run("browser", "cargo xtask browser", || browser::test(&root(), &target()));
    }
    if ci {
        deny(&mut steps);
    }
    Ok(steps.summary())
}

fn screens(folder: Option<PathBuf>) -> Result<bool> {
    let folder = folder.unwrap_or_else(|| target().join("screens"));
    let folder = std::path::absolute(folder).context("cannot tell where the pictures go")?;
    browser::screens(&root(), &target(), &folder)?;
    Ok(true)
}

fn with_postgres(words: &[String]) -> Result<bool> {
    let (_postgres, url) = postgres()?;
    let mut command = Command::new(&words[0]);
    let status = command.args(&words[1..]).env("FAIRLEAD_TEST_POSTGRES", url).status();
    Ok(status.with_context(|| format!("{} did not start", words[0]))?.success())
}

/// The server that the environment names, or a throw-away one that lives as long as its handle.
fn postgres() -> Result<(Option<Postgres>, String)> {
    if let Ok(url) = env::var("FAIRLEAD_TEST_POSTGRES")
        && !url.is_empty()
    {
        return Ok((None, url));
    }
    println!("starting a throw-away PostgreSQL");
    let postgres = Postgres::start()?;
    let url = postgres.url();
    Ok((Some(postgres), url))
}

/// Licences, bans and sources; advisories need the network and are asked for by hand.
fn deny(steps: &mut Steps) {
    let installed = Command::new(steps::cargo()).args(["deny", "--version"]).output();
    if installed.is_ok_and(|out| out.status.success()) {
        steps.cargo("deny", &["deny", "check", "licenses", "bans", "sources"].map(str::to_owned), &[]);
    } else {
        steps.skip("deny", "cargo-deny is not installed (cargo install cargo-deny)");
    }
}

/// The product is built by itself, so that it has exactly the features it ships with.
fn bench(args: &[String]) -> Result<bool> {
    for package in ["fairlead", "bench"] {
        println!("building {package} in release");
        let mut build = Command::new(steps::cargo());
        build.args(["build", "--release", "-p", package]).current_dir(root());
        if !build.status().context("cargo did not start")?.success() {
            return Ok(false);
        }
    }
    let release = target().join("release");
    let mut run = Command::new(release.join("bench"));
    run.args(args).current_dir(root());
    if env::var_os("FAIRLEAD_BIN").is_none() {
        run.env("FAIRLEAD_BIN", release.join("fairlead"));
    }
    Ok(run.status().context("the bench did not start")?.success())
}

/// Where cargo builds.
fn target() -> PathBuf {
    root().join(env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".")).to_owned()
}

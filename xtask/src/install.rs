//! Finding the programs that tests need (PostgreSQL, NATS, Chromium), and installing them where that is possible
//! without asking.

use std::env;
use std::ffi::OsStr;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

/// Something this machine needs and the command could not install; the process exits with 3.
#[derive(Debug)]
pub struct Missing(String);

impl Missing {
    /// A program that people install by a package.
    pub fn program(title: &str, package: &str) -> Self {
        Self(format!(
            "{title} is missing, and apt-get could not bring it without a password.\n\
             Install it; no service has to run:\n\x20 Debian, Ubuntu   sudo apt-get install {package}"
        ))
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Missing {}

/// The folder that holds `initdb` and `pg_ctl`, after an `apt-get install` if need be.
pub fn postgres_bin() -> Result<PathBuf> {
    if let Some(bin) = find() {
        return Ok(bin);
    }
    install("PostgreSQL", "postgresql");
    find().ok_or_else(|| missing().into())
}

/// Where Chromium is, after an `apt-get install` if need be.
pub fn chromium() -> Result<PathBuf> {
    program(&["chromium", "chromium-browser", "google-chrome"], "Chromium", "chromium")
}

/// Where the NATS server is, after an `apt-get install` if need be.
pub fn nats_server() -> Result<PathBuf> {
    program(&["nats-server"], "The NATS server", "nats-server")
}

/// A program under one of its names, installed if need be.
fn program(names: &[&str], title: &str, package: &str) -> Result<PathBuf> {
    if let Some(found) = on_path(names) {
        return Ok(found);
    }
    install(title, package);
    on_path(names).ok_or_else(|| Missing::program(title, package).into())
}

/// The first of some programs that is on the path.
pub fn on_path(names: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = env::split_paths(&path).collect();
    names.iter().find_map(|name| folders.iter().map(|folder| folder.join(name)).find(|file| file.is_file()))
}

/// Installs a package where that works without asking; whoever needs it looks whether it is there now.
fn install(title: &str, package: &str) {
    let Some(apt) = apt_get() else { return };
    println!("{title} is not installed: installing it with {}", apt.join(" "));
    let installed = run_apt(&apt, &["update", "-q"])
        .and_then(|()| run_apt(&apt, &["install", "-q", "-y", "--no-install-recommends", package]));
    if let Err(error) = installed {
        println!("{error:#}");
    }
}

/// Brings programs that some tests need, each `(program, package)`, where that needs no password; a test whose program is
/// absent skips itself and says so.
pub fn wanted(programs: &[(&str, &str)]) {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]).collect();
    let missing = programs.iter().filter(|(program, _)| !folders.iter().any(|f| f.join(program).is_file()));
    let packages: Vec<&str> = missing.map(|(_, package)| *package).collect();
    if packages.is_empty() {
        return;
    }
    let Some(apt) = apt_get() else { return println!("not installed: {}", packages.join(", ")) };
    println!("installing {} with {}", packages.join(", "), apt.join(" "));
    let install = [&["install", "-q", "-y", "--no-install-recommends"], &packages[..]].concat();
    if let Err(error) = run_apt(&apt, &["update", "-q"]).and_then(|()| run_apt(&apt, &install)) {
        println!("{error:#}");
    }
}

fn find() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = env::split_paths(&path).collect();
    folders.extend(versioned("/usr/lib/postgresql", "bin"));
    folders.extend(versioned("/opt/homebrew/opt", "bin"));
    folders
        .into_iter()
        .find(|folder| ["initdb", "pg_ctl", "postgres"].iter().all(|b| folder.join(b).is_file()))
}

/// `PARENT/*/LEAF`, the highest version first.
fn versioned(parent: &str, leaf: &str) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> =
        fs::read_dir(parent).into_iter().flatten().flatten().map(|e| e.path().join(leaf)).collect();
    found.sort_by_key(|path| std::cmp::Reverse(version(path)));
    found
}

fn version(bin: &Path) -> u32 {
    let name = bin.parent().and_then(Path::file_name).and_then(OsStr::to_str).unwrap_or_default();
    name.trim_start_matches(|c: char| !c.is_ascii_digit()).parse().unwrap_or(0)
}

/// How apt-get can be called without a password, if at all.
fn apt_get() -> Option<Vec<&'static str>> {
    let works = |program: &str, args: &[&str]| {
        let mut command = Command::new(program);
        command.args(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    if !works("apt-get", &["--version"]) {
        None
    } else if is_root() {
        Some(vec!["apt-get"])
    } else if works("sudo", &["-n", "true"]) {
        Some(vec!["sudo", "-n", "DEBIAN_FRONTEND=noninteractive", "apt-get"])
    } else {
        None
    }
}

fn run_apt(apt: &[&str], args: &[&str]) -> Result<()> {
    let mut command = Command::new(apt[0]);
    command.args(&apt[1..]).args(args).env("DEBIAN_FRONTEND", "noninteractive").stdin(Stdio::null());
    let status = command.status().context("apt-get did not start")?;
    ensure!(status.success(), "{} {} failed ({status})", apt.join(" "), args.join(" "));
    Ok(())
}

fn missing() -> Missing {
    Missing(
        "PostgreSQL's server programs are missing: initdb, pg_ctl and postgres are neither on the PATH nor under \
         /usr/lib/postgresql/*/bin, and apt-get could not bring them without a password.\n\
         Install them, no service has to run:\n\
         \x20 Debian, Ubuntu   sudo apt-get install postgresql\n\
         \x20 Fedora           sudo dnf install postgresql-server\n\
         \x20 macOS            brew install postgresql\n\
         or name a running server that may be filled with test databases:\n\
         \x20 FAIRLEAD_TEST_POSTGRES=postgres://USER:PASSWORD@HOST:PORT/postgres cargo xtask test"
            .to_owned(),
    )
}

pub(crate) fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|out| out.stdout.trim_ascii() == b"0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_version_is_taken() {
        let mut found =
            ["/usr/lib/postgresql/9/bin", "/usr/lib/postgresql/15/bin", "/opt/x/postgresql@17/bin"];
        found.sort_by_key(|path| std::cmp::Reverse(version(Path::new(path))));
        assert_eq!(found[0], "/opt/x/postgresql@17/bin");
        assert_eq!(found[2], "/usr/lib/postgresql/9/bin");
    }
}

//! The console in a real browser: its tests, and screenshots of every page.
//!
//! The scripts are in `browser/`, run by Node; their libraries come from their lock file, into `browser/node_modules`.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use xtask::install;

use crate::steps;

/// Runs the tests in `browser/tests`.
pub(crate) fn test(root: &Path, target: &Path) -> Result<()> {
    prepare(root)?;
    let tests = root.join("browser/tests");
    let mut files: Vec<_> = std::fs::read_dir(tests)?.flatten().map(|entry| entry.path()).collect();
    files.sort();
    // One file after the other: two cores, and a browser in each.
    let mut node = Command::new("node");
    node.args(["--test", "--test-concurrency=1", "--test-timeout=300000", "--test-reporter=spec"])
        .args(files);
    steps::finish(in_browser(&mut node, root, target)?)
}

/// Takes pictures of every page into `folder`.
pub(crate) fn screens(root: &Path, target: &Path, folder: &Path) -> Result<()> {
    prepare(root)?;
    let mut node = Command::new("node");
    node.arg("screens.mjs").arg(folder);
    steps::finish(in_browser(&mut node, root, target)?)
}

fn in_browser<'a>(node: &'a mut Command, root: &Path, target: &Path) -> Result<&'a mut Command> {
    node.env("CHROMIUM", install::chromium()?).env("FAIRLEAD_BIN", target.join("debug/fairlead"));
    Ok(node.current_dir(root.join("browser")))
}

/// The program, the browser, and the scripts' libraries.
fn prepare(root: &Path) -> Result<()> {
    install::chromium()?;
    for program in ["node", "npm"] {
        if install::on_path(&[program]).is_none() {
            return Err(install::Missing::program("Node 20 or newer, with npm", "nodejs npm").into());
        }
    }
    let mut build = Command::new(steps::cargo());
    steps::finish(build.args(["build", "--quiet", "-p", "fairlead"]).current_dir(root))?;
    let browser = root.join("browser");
    let (lock, have) = (browser.join("package-lock.json"), browser.join("node_modules/.package-lock.json"));
    let age = |path: &Path| std::fs::metadata(path).and_then(|m| m.modified()).ok();
    if age(&have).is_none() || age(&have) < age(&lock) {
        println!("fetching the browser tests' libraries");
        let status =
            Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(&browser).status();
        ensure!(status.context("npm did not start")?.success(), "npm ci failed in browser/");
    }
    Ok(())
}

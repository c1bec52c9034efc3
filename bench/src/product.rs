//! The product from outside: its command line, its server, and the API calls that several figures need.

use std::fs::{self, File};
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};

use crate::bench::{Bench, Database};
use crate::http;
use crate::measure::PeakWatch;

/// The program on one database, with an admin's token.
pub(crate) struct Product {
    bin: PathBuf,
    url: String,
    log: PathBuf,
    pub(crate) token: String,
}

/// What `fairlead import` took and said.
pub(crate) struct Imported {
    pub(crate) seconds: f64,
    pub(crate) peak_mib: f64,
}

impl Product {
    /// On a fresh database.
    pub(crate) fn new(bench: &mut Bench, database: Database) -> Result<Self> {
        let bin = bench.product()?.to_owned();
        let url = bench.fresh(database)?;
        let mut product = Self { bin, url, log: bench.file("serve.log"), token: String::new() };
        product.cli(&["migrate"], "")?;
        product.cli(
            &["user", "add", "--email", "bench@example.com", "--role", "admin"],
            "correct horse battery\n",
        )?;
        let said =
            product.cli(&["token", "create", "--email", "bench@example.com", "--name", "bench"], "")?;
        product.token = said.trim().lines().last().context("token create said nothing")?.trim().to_owned();
        Ok(product)
    }

    /// `fairlead import FILE --source SOURCE --no-assign`, which must accept all `rows`.
    pub(crate) fn import(&self, file: &Path, source: &str, rows: usize) -> Result<Imported> {
        let mut command = self.command(&["import"]);
        command.arg(file).args(["--source", source, "--no-assign", "--json"]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let start = Instant::now();
        let child = command.spawn()?;
        let peak = PeakWatch::start(child.id());
        let out = child.wait_with_output()?;
        let seconds = start.elapsed().as_secs_f64();
        ensure!(
            out.status.success(),
            "import: {}: {}",
            out.status,
            String::from_utf8_lossy(&out.stderr).trim()
        );
        let text = String::from_utf8(out.stdout)?;
        let said: Value = serde_json::from_str(text.trim()).with_context(|| format!("import said {text}"))?;
        ensure!(said["accepted"] == json!(rows), "import accepted {} of {rows}: {said}", said["accepted"]);
        Ok(Imported { seconds, peak_mib: peak.mib()? })
    }

    pub(crate) fn serve(&self) -> Result<Server> {
        let mut command = self.command(&["serve", "--listen", "127.0.0.1:0", "--database-url", &self.url]);
        Server::start(&mut command, &self.log, &self.token)
    }

    fn cli(&self, args: &[&str], input: &str) -> Result<String> {
        let mut command = self.command(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().with_context(|| format!("{} did not start", self.bin.display()))?;
        let written = child.stdin.take().context("no pipe")?.write_all(input.as_bytes());
        let out = child.wait_with_output()?;
        let complaint = String::from_utf8_lossy(&out.stderr);
        ensure!(out.status.success(), "fairlead {}: {}: {}", args.join(" "), out.status, complaint.trim());
        if !input.is_empty() {
            written?;
        }
        Ok(String::from_utf8(out.stdout)?)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.bin);
        command.args(args).env("DATABASE_URL", &self.url).env("NO_COLOR", "1");
        command
    }
}

/// A server process (the product's or the echo's); dropping it ends it.
pub(crate) struct Server {
    child: Child,
    pub(crate) addr: SocketAddr,
    pub(crate) token: String,
}

impl Server {
    /// Starts it and waits until it prints its address; what it says goes to the file `log`.
    pub(crate) fn start(command: &mut Command, log: &Path, token: &str) -> Result<Self> {
        let file = File::create(log)?;
        let child = command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file).spawn()?;
        let mut server = Self { child, addr: SocketAddr::from(([127, 0, 0, 1], 0)), token: token.to_owned() };
        let start = Instant::now();
        loop {
            let said = fs::read_to_string(log)?;
            if let Some(addr) = address(&said) {
                server.addr = addr;
                return Ok(server);
            }
            if let Some(status) = server.child.try_wait()? {
                bail!("the server ended ({status}) and said: {}", said.trim());
            }
            ensure!(
                start.elapsed() < Duration::from_secs(60),
                "the server named no address, but said: {}",
                said.trim()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// A call that must succeed.
    pub(crate) fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value> {
        let answer = http::call(self.addr, &self.token, method, path, body)?;
        http::expect(answer).with_context(|| format!("{method} {path}"))
    }

    /// Creates agents who are online, and returns their ids.
    pub(crate) fn agents(&self, count: usize) -> Result<Vec<String>> {
        let create = |number| {
            let agent =
                json!({"name": format!("Agent {number}"), "email": format!("agent{number}@example.com")});
            let made = self.call("POST", "/api/v1/agents", Some(&agent))?;
            let id = made["id"].as_str().context("an agent without an id")?.to_owned();
            self.call("PUT", &format!("/api/v1/agents/{id}/presence"), Some(&json!({"state": "online"})))?;
            Ok(id)
        };
        (1..=count).map(create).collect()
    }

    /// Saves a fair pool of equal weights for a source; an enabled one assigns the backlog at once.
    pub(crate) fn pool(&self, source: &str, agents: &[String], enabled: bool) -> Result<Value> {
        let members: Vec<Value> = agents.iter().map(|id| json!({"agent_id": id, "weight": 1})).collect();
        let pool = json!({"enabled": enabled, "policy": "fair", "members": members, "order": "oldest"});
        self.call("PUT", &format!("/api/v1/sources/{source}/auto-assign"), Some(&pool))
    }

    /// Creates a source; one that exists already is as good.
    pub(crate) fn source(&self, name: &str) -> Result<()> {
        let answer =
            http::call(self.addr, &self.token, "POST", "/api/v1/sources", Some(&json!({"name": name})))?;
        if answer.status == 409 {
            Ok(())
        } else {
            http::expect(answer).context("POST /api/v1/sources").map(|_| ())
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let pid = self.child.id().to_string();
        let asked = Command::new("kill").args(["-TERM", &pid]).status().is_ok_and(|status| status.success());
        let start = Instant::now();
        while asked && start.elapsed() < Duration::from_secs(10) {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The first whole `http://IP:PORT` of a text.
fn address(said: &str) -> Option<SocketAddr> {
    said.match_indices("http://").find_map(|(at, scheme)| {
        let rest = &said[at + scheme.len()..];
        let end = rest.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == ':'))?;
        rest[..end].parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_found_once_it_is_whole() {
        assert_eq!(address("listening on http://127.0.0.1:80"), None);
        assert_eq!(address("see http://x/\non http://127.0.0.1:8080/docs"), "127.0.0.1:8080".parse().ok());
    }
}

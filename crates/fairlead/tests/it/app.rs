//! A running server on a database of its own.

use crate::client::Client;
use crate::database::Database;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The binary under test.
const FAIRLEAD: &str = env!("CARGO_BIN_EXE_fairlead");
/// What a test waits for comes within this time, or never.
const PATIENCE: Duration = Duration::from_secs(90);

/// A server, its database and its first admin.
pub(crate) struct TestApp {
    pub(crate) db: Arc<Database>,
    server: Served,
    pub(crate) admin: Client,
    settings: Settings,
}

/// Settings of a server, as environment variables.
type Settings = Vec<(&'static str, String)>;

fn owned(settings: &[(&'static str, &str)]) -> Settings {
    settings.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
}

/// A server process; killed when it goes.
pub(crate) struct Served {
    process: Child,
    pub(crate) url: String,
}

impl TestApp {
    /// A server on a fresh database.
    pub(crate) fn start(db: Database) -> Self {
        Self::start_with(db, &[])
    }

    /// The same with settings (environment variables).
    pub(crate) fn start_with(db: Database, settings: &[(&'static str, &str)]) -> Self {
        let db = Arc::new(db);
        let token = db.token("admin@example.com", "admin", None);
        Self::on(db, &token, owned(settings))
    }

    /// One more server on the same database.
    pub(crate) fn beside(&self) -> Self {
        let token = self.admin.token.as_deref().unwrap_or_default();
        Self::on(self.db.clone(), token, self.settings.clone())
    }

    fn on(db: Arc<Database>, token: &str, settings: Settings) -> Self {
        let server = Served::with(&db.url, &settings);
        let admin = Client::new(&server.url, Some(token));
        Self { db, server, admin, settings }
    }

    /// Pulls the plug.
    pub(crate) fn kill(&mut self) {
        self.server.process.kill().expect("kill -9");
        self.server.process.wait().expect("its end");
    }

    /// A new server on what the killed one left; the admin knows its address.
    pub(crate) fn restart(&mut self) {
        self.kill();
        self.server = Served::with(&self.db.url, &self.settings);
        self.admin = Client::new(&self.server.url, self.admin.token.as_deref());
    }

    /// Other settings from the next start on.
    pub(crate) fn settings(&mut self, settings: &[(&'static str, &str)]) {
        self.settings = owned(settings);
    }

    /// SIGTERM; waits for the end and says whether it was a good one.
    pub(crate) fn terminate(&mut self) -> bool {
        let told = Command::new("kill").args(["-TERM", &self.server.process.id().to_string()]).status();
        assert!(told.is_ok_and(|status| status.success()));
        self.server.process.wait().is_ok_and(|status| status.success())
    }

    /// Every invariant holds.
    #[track_caller]
    pub(crate) fn check(&self) {
        let out = self.db.cli(&["check"]);
        let text = String::from_utf8_lossy(&out.stdout);
        assert!(out.status.success(), "fairlead check: {text}{}", String::from_utf8_lossy(&out.stderr));
    }

    /// Adds an agent; its id.
    pub(crate) fn agent(&self, settings: &Value) -> String {
        let agent = self.admin.post("/api/v1/agents", settings).expect(201);
        agent["id"].as_str().expect("an id").to_owned()
    }

    /// A source with so many agents of equal weight; their ids.
    pub(crate) fn pool(&self, source: &str, agents: usize) -> Vec<String> {
        self.admin.post("/api/v1/sources", &json!({"name": source})).expect(201);
        let agents: Vec<String> =
            (1..=agents).map(|n| self.agent(&json!({"name": format!("{source} {n}")}))).collect();
        self.save(source, &agents);
        agents
    }

    /// Makes agents the members of a source; what the save answered.
    pub(crate) fn save(&self, source: &str, agents: &[String]) -> Value {
        let members: Vec<Value> = agents.iter().map(|id| json!({"agent_id": id})).collect();
        let config = json!({"enabled": true, "policy": "fair", "members": members});
        self.admin.json("PUT", &format!("/api/v1/sources/{source}/auto-assign"), &config).expect(200)
    }

    /// Creates the lead number `n`.
    pub(crate) fn lead(&self, source: &str, n: u64) -> Value {
        self.admin.post("/api/v1/leads", &lead(source, n)).expect(201)
    }

    /// A user with this role and a token of its own.
    pub(crate) fn user(&self, email: &str, role: &str) -> (String, Client) {
        let user = self.admin.post("/api/v1/users", &json!({"email": email, "role": role})).expect(201);
        let id = user["id"].as_str().expect("an id").to_owned();
        let token = self.admin.post("/api/v1/tokens", &json!({"user_id": id, "name": "test"})).expect(201);
        (id, self.admin.with_token(token["token"].as_str().expect("a secret")))
    }

    /// Waits for an import's end.
    #[track_caller]
    pub(crate) fn import_done(&self, id: &str) -> Value {
        let path = format!("/api/v1/imports/{id}");
        let mut last = Value::Null;
        eventually(&format!("the end of import {id}"), || {
            last = self.admin.get(&path).expect(200);
            matches!(last["state"].as_str(), Some("done" | "failed"))
        });
        last
    }

    /// What one source gave to whom.
    pub(crate) fn distribution(&self, source: &str) -> Value {
        let stats = self.admin.get(&format!("/api/v1/stats/distribution?source={source}")).expect(200);
        stats["sources"][0].clone()
    }

    /// How many leads a query finds.
    pub(crate) fn total(&self, query: &str) -> u64 {
        let list = self.admin.get(&format!("/api/v1/leads?limit=1&{query}")).expect(200);
        list["total"].as_u64().unwrap_or_else(|| panic!("total {}", list["total"]))
    }

    /// The folder where uploads wait (SQLite): how many wait there.
    pub(crate) fn spooled(&self) -> usize {
        let folder = self.db.file().map(|file| format!("{file}-spool"));
        folder.and_then(|folder| std::fs::read_dir(folder).ok()).map_or(0, Iterator::count)
    }
}

impl Served {
    /// Starts a server; back when it has said where it listens.
    pub(crate) fn on(database: &str) -> Self {
        Self::with(database, &Settings::new())
    }

    /// The same with settings.
    fn with(database: &str, settings: &Settings) -> Self {
        let mut command = command(database);
        command.envs(settings.iter().map(|(name, value)| (name, value)));
        command.args(["--json", "serve", "--listen", "127.0.0.1:0"]).env("RUST_LOG", "error");
        let mut process = command.stderr(Stdio::inherit()).spawn().expect("a server");
        let mut lines = BufReader::new(process.stdout.take().expect("stdout")).lines();
        let said = lines.next().expect("a line").expect("text");
        let said: Value = serde_json::from_str(&said).expect("where it listens, as JSON");
        Self { process, url: said["url"].as_str().expect("an address").to_owned() }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The lead number `n` as JSON: its phone is its own.
pub(crate) fn lead(source: &str, n: u64) -> Value {
    json!({"source": source, "contact": {"name": format!("Lead {n}"), "phone": phone(n)}})
}

/// A valid Indian mobile number, one for each `n`.
pub(crate) fn phone(n: u64) -> String {
    format!("+91{}", 9_000_000_000 + n)
}

/// A CSV file of leads `from..from + rows`.
pub(crate) fn csv(from: u64, rows: u64) -> String {
    let mut text = String::from("name,phone,city\n");
    for n in from..from + rows {
        text.push_str(&format!("Lead {n},{},Pune\n", phone(n)));
    }
    text
}

/// Runs a command of the program.
pub(crate) fn fairlead(url: &str, args: &[&str], stdin: &str) -> Output {
    let mut child = command(url).args(args).stdin(Stdio::piped()).spawn().expect("fairlead");
    // A command that reads nothing may be gone already.
    let _ = child.stdin.take().expect("stdin").write_all(stdin.as_bytes());
    child.wait_with_output().expect("its output")
}

fn command(url: &str) -> Command {
    let mut command = Command::new(FAIRLEAD);
    command.env("DATABASE_URL", url).env("NO_COLOR", "1").env_remove("FAIRLEAD_CONFIG");
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Waits for a condition; it must come true.
#[track_caller]
pub(crate) fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < until, "waited in vain for {what}");
        std::thread::park_timeout(Duration::from_millis(15));
    }
}

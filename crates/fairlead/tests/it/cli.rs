//! The command line: what it says, what it does, how it ends.

use crate::app::{csv, fairlead};
use crate::database::{Database, both, sqlite};
use serde_json::Value;
use std::process::Output;

fn code(out: &Output) -> i32 {
    out.status.code().unwrap_or(-1)
}

fn text(out: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr))
}

fn object(out: &Output) -> Value {
    serde_json::from_slice(&out.stdout).unwrap_or_else(|e| panic!("{e}: {}", text(out)))
}

/// A file in a folder of its own.
fn file(name: &str, content: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    std::fs::write(&path, content).expect("written");
    let path = path.to_string_lossy().into_owned();
    (folder, path)
}

#[test]
fn the_exit_code_says_how_a_command_ended() {
    let db = sqlite();
    assert_eq!(code(&db.cli(&["frobnicate"])), 2);
    assert_eq!(code(&db.cli(&["--version"])), 0);
    assert_eq!(code(&db.cli(&["check"])), 3, "there is no database yet");
    assert_eq!(code(&db.cli(&["import", "nowhere.csv", "--source", "META"])), 2);
    let (_folder, good) = file("good.csv", "name,phone\nAsha,9876543210\n");
    let (_folder2, mixed) = file("mixed.csv", "name,phone\nBo,9876543211\nBad,12\n");
    let out = db.cli(&["import", &good, "--source", "META"]);
    assert_eq!(code(&out), 0, "{}", text(&out));
    assert!(text(&out).contains("META"), "a new source is told: {}", text(&out));
    assert_eq!(code(&db.cli(&["import", &mixed, "--source", "META"])), 1, "some rows failed");
    assert_eq!(code(&db.cli(&["check"])), 0);
    assert_eq!(code(&db.cli(&["explain", "L-000777"])), 2);
    assert_eq!(code(&db.cli(&["token", "create", "--email", "nobody@example.com", "--name", "x"])), 2);
    assert_eq!(code(&db.cli(&["--org", "nowhere", "assign", "--all"])), 2);
    let gone = fairlead("postgres://postgres@127.0.0.1:1/none", &["check"], "");
    assert_eq!(code(&gone), 3, "{}", text(&gone));
    assert_eq!(code(&fairlead("mysql://x", &["check"], "")), 2);
}

#[test]
fn the_demo_counts_what_it_does() {
    both(|db| {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().to_string_lossy().into_owned();
        let args: &[&str] = if db.is_sqlite() { &["--data-dir", &data] } else { &[] };
        let out = db.cli(&[&["demo", "--exit", "--json"], args].concat());
        let demo = object(&out);
        assert_eq!(code(&out), 0, "{demo}");
        let n = |name: &str| demo[name].as_i64().unwrap_or_else(|| panic!("{name} in {demo}"));
        assert_eq!(n("rows"), n("accepted") + n("duplicates") + n("rejected"), "{demo}");
        assert_eq!(n("accepted"), n("assigned") + n("waiting"), "{demo}");
        let agents = demo["agents"].as_array().expect("agents");
        let sum: i64 = agents.iter().filter_map(|a| a["assigned"].as_i64()).sum();
        assert!(sum == n("assigned") && agents.iter().all(|a| a["name"].is_string()), "{demo}");
        let totals = || agents.iter().filter_map(|a| a["total"].as_i64());
        assert_eq!(n("spread"), totals().max().unwrap_or(0) - totals().min().unwrap_or(0));
    });
}

#[test]
fn a_dry_run_shows_the_file_and_stores_nothing() {
    let db = sqlite();
    let (_folder, path) = file("leads.csv", "Full Name;Mobile;Colour\nAsha;9876543210;red\nBad;12;blue\n");
    let out = db.cli(&["import", &path, "--source", "META", "--dry-run", "--json"]);
    let look = object(&out);
    assert_eq!(
        (&look["rows"], &look["usable"], &look["rejected"]),
        (&2.into(), &1.into(), &1.into()),
        "{look}"
    );
    assert_eq!(code(&out), 1);
    assert_eq!(code(&db.cli(&["check"])), 3, "not even a database was made");
    let out = db.cli(&["import", &path, "--source", "META", "--map", "Colour=nonsense=x", "--dry-run"]);
    assert_eq!(code(&out), 2, "{}", text(&out));
}

#[test]
fn import_assign_explain_and_monitor_tell_one_story() {
    both(|db| {
        let (folder, path) = file("leads.csv", &format!("{}Bad,12,Pune\n", csv(0, 20)));
        let errors = folder.path().join("errors.csv").to_string_lossy().into_owned();
        agents(&db);
        let out =
            db.cli(&["import", &path, "--source", "META", "--no-assign", "--errors", &errors, "--json"]);
        let import = object(&out);
        assert_eq!(
            (code(&out), &import["accepted"], &import["rejected"]),
            (1, &20.into(), &1.into()),
            "{import}"
        );
        assert_eq!(std::fs::read_to_string(&errors).expect("a file").lines().count(), 2);
        let dry = object(&db.cli(&["assign", "META", "--dry-run", "--json"]));
        assert_eq!(dry["assigned_count"], 20, "{dry}");
        let out = db.cli(&["assign", "META"]);
        assert!(
            code(&out) == 0 && text(&out).contains("Agent 1") && text(&out).contains("10"),
            "{}",
            text(&out)
        );
        let told = object(&db.cli(&["explain", "L-000003", "--json"]));
        assert_eq!(told["state"], "assigned", "{told}");
        let monitor = object(&db.cli(&["monitor", "--quick", "--json"]));
        assert!(monitor.to_string().contains("META") && monitor.to_string().contains("Agent 2"), "{monitor}");
        let quick = db.cli(&["monitor", "--quick"]);
        assert!(code(&quick) == 0 && text(&quick).contains("NEXT"), "{}", text(&quick));
        assert!(!text(&quick).contains('\u{1b}'), "no colours outside a terminal");
        let history = ["simulate", "assign", "--source", "META", "--policy", "round_robin", "--json"];
        let simulated = object(&db.cli(&history));
        let sum = |name: &str| {
            simulated["agents"]
                .as_array()
                .expect("agents")
                .iter()
                .filter_map(|a| a[name].as_i64())
                .sum::<i64>()
        };
        assert_eq!((sum("would"), sum("happened")), (20, 20), "{simulated}");
        assert_eq!(code(&db.cli(&["check"])), 0);
    });
}

/// A pool of two for META: agents are made through the API of a short-lived server.
fn agents(db: &Database) {
    let token = db.token("admin@example.com", "admin", None);
    let app = crate::app::Served::on(&db.url);
    let admin = crate::client::Client::new(&app.url, Some(&token));
    for n in 1..=2 {
        admin.post("/api/v1/agents", &serde_json::json!({"name": format!("Agent {n}")})).expect(201);
    }
    admin.post("/api/v1/sources", &serde_json::json!({"name": "META"})).expect(201);
    let config = serde_json::json!({"enabled": true, "members": [{"number": 1}, {"number": 2}]});
    admin.json("PUT", "/api/v1/sources/META/auto-assign", &config).expect(200);
}

#[test]
fn a_trace_is_answered_by_the_rule_that_ships() {
    let mut trace = String::new();
    for agent in ["a", "b", "c"] {
        trace.push_str(&format!("{{\"t\":0,\"ev\":\"join\",\"agent\":\"{agent}\",\"weight\":1,\"skills\":[\"en\"],\"cap_day\":0}}\n"));
    }
    for n in 0..7 {
        trace.push_str(&format!("{{\"t\":{},\"ev\":\"lead\",\"lead\":\"L{n}\",\"skill\":\"en\"}}\n", n + 60));
    }
    for policy in ["fair", "round_robin", "fewest"] {
        let run = |json: &[&str]| {
            let args = ["simulate", "assign", "--trace", "-", "--policy", policy];
            fairlead("sqlite://unused", &[&args, json].concat(), &trace)
        };
        let out = run(&[]);
        let csv = String::from_utf8_lossy(&out.stdout).into_owned();
        let count = |agent: &str| csv.lines().filter(|line| line.ends_with(&format!(",{agent}"))).count();
        let mut counts = ["a", "b", "c"].map(count);
        counts.sort_unstable();
        assert_eq!((code(&out), counts), (0, [2, 2, 3]), "{policy}: {csv}");
        assert_eq!((&object(&run(&["--json"]))["leads"], csv.lines().count()), (&7.into(), 7), "{csv}");
    }
    for nonsense in ["nonsense\n", "{}\n", "[]\n"] {
        let out = fairlead(
            "sqlite://unused",
            &["simulate", "assign", "--trace", "-", "--policy", "fair"],
            nonsense,
        );
        assert_eq!(code(&out), 2, "{}", text(&out));
    }
}

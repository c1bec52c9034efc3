//! Real export files through `POST /imports`, and what comes out again.

use crate::app::{TestApp, csv};
use crate::database::both;
use serde_json::{Value, json};
use std::path::PathBuf;

fn fixture(name: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../intake/tests/fixtures/imports");
    std::fs::read(folder.join(name)).expect(name)
}

/// Uploads under a file name and waits for the end.
fn import(app: &TestApp, name: &str, file: &[u8], query: &str) -> Value {
    let path = format!("/api/v1/imports?source=META&file_name={name}{query}");
    let queued = app.admin.raw(&path, "application/octet-stream", file).expect(202);
    app.import_done(queued["id"].as_str().expect("an id"))
}

fn counts(import: &Value) -> [i64; 4] {
    ["rows", "accepted", "duplicates", "rejected"].map(|name| import[name].as_i64().expect(name))
}

#[test]
fn the_exports_people_have_are_read_as_they_are() {
    both(|db| {
        let app = TestApp::start(db);
        app.pool("META", 3);
        for (name, expected) in [
            ("meta_form_download.csv", [50, 48, 2, 0]),
            ("semicolon_cp1252.csv", [42, 42, 0, 0]),
            ("numbers_as_phones.xlsx", [43, 43, 0, 0]),
            ("dialler_pipe_noheader.txt", [42, 42, 0, 0]),
        ] {
            let before = app.total("");
            // Each file is counted by itself: the fixtures share people.
            let done = import(&app, name, &fixture(name), "&duplicates=skip");
            assert_eq!(done["state"], "done", "{name}: {done}");
            let [rows, accepted, duplicates, rejected] = counts(&done);
            assert_eq!(rows, expected[0], "{name}: {done}");
            assert_eq!((rows, rejected), (accepted + duplicates + rejected, expected[3]), "{name}: {done}");
            assert_eq!(app.total("") - before, accepted as u64, "{name}");
            if before == 0 {
                assert_eq!([rows, accepted, duplicates, rejected], expected, "{name}");
            }
        }
        assert_eq!(app.total("q=Zo%C3%AB%20M%C3%BC"), 1, "Windows-1252 became UTF-8");
        assert!(app.distribution("META")["spread"].as_i64() <= Some(1));
        assert_eq!(app.spooled(), 0, "nothing is left in the spool");
        app.check();
    });
}

#[test]
fn damaged_files_are_read_as_far_as_they_go_and_every_refused_row_is_listed() {
    both(|db| {
        let app = TestApp::start(db);
        app.pool("META", 3);
        for (name, rows, accepted_from, accepted_to) in
            [("ragged_bom.csv", 41, 37, 41), ("nul_bytes.csv", 2, 1, 2)]
        {
            let done = import(&app, name, &fixture(name), "");
            let [read, accepted, duplicates, rejected] = counts(&done);
            assert_eq!((&done["state"], read), (&json!("done"), rows), "{name}: {done}");
            assert!((accepted_from..=accepted_to).contains(&accepted), "{name}: {done}");
            assert_eq!(read, accepted + duplicates + rejected);
            let errors =
                app.admin.get(&format!("/api/v1/imports/{}/errors.csv", done["id"].as_str().expect("id")));
            let listed = errors
                .body
                .lines()
                .filter(|l| l.starts_with(|c: char| c.is_ascii_digit() || c == '"'))
                .count();
            assert!(listed as i64 >= duplicates + rejected, "{name}: {}", errors.body);
        }
        app.check();
    });
}

#[test]
fn rejected_rows_carry_their_line_column_reason_and_text() {
    both(|db| {
        let app = TestApp::start(db);
        app.pool("META", 1);
        let file = "name,phone,email\nAsha,9876543210,\nBad,12,\nNobody,,\nAgain,+91 98765 43210,\n=cmd()|x,,\nMail,,not-a-mail\n";
        let done = import(&app, "x.csv", file.as_bytes(), "");
        assert_eq!(counts(&done), [6, 1, 1, 4], "{done}");
        let errors =
            app.admin.get(&format!("/api/v1/imports/{}/errors.csv", done["id"].as_str().expect("id"))).body;
        let lines: Vec<&str> = errors.lines().collect();
        assert_eq!(lines[0].replace('"', ""), "line,column,reason,original,kind");
        assert_eq!(lines.len(), 6, "{errors}");
        for (line, column) in [("3", "phone"), ("7", "email")] {
            let found = lines.iter().find(|l| l.replace('"', "").starts_with(&format!("{line},")));
            assert!(found.is_some_and(|l| l.contains(column)), "{errors}");
        }
        assert!(errors.contains("'=cmd()"), "the original text cannot become a formula: {errors}");
        assert!(errors.contains("duplicate"), "{errors}");
        app.check();
    });
}

#[test]
fn cells_that_look_like_formulas_are_exported_as_text() {
    both(|db| {
        let app = TestApp::start(db);
        app.pool("META", 1);
        let file = "name,phone,city\n=cmd|' /C calc'!A0,9876543210,@SUM(1)\n+1+1,9876543211,-2\n\"=HYPERLINK(\"\"x\"\",\"\"y\"\")\",9876543212,Pune\n";
        assert_eq!(counts(&import(&app, "x.csv", file.as_bytes(), ""))[1], 3);
        let csv = app.admin.get("/api/v1/leads.csv").body;
        assert!(csv.contains("'=cmd|") && csv.contains("'@SUM(1)"), "{csv}");
        for cell in csv.split([',', '\n']).map(|cell| cell.trim().trim_start_matches('"')) {
            let formula = cell.starts_with(['=', '@', '+', '-']) && cell.parse::<f64>().is_err();
            let phone =
                cell.starts_with('+') && cell.trim_end_matches('"')[1..].bytes().all(|b| b.is_ascii_digit());
            assert!(!formula || phone, "{cell:?} in {csv}");
        }
    });
}

#[test]
fn when_a_person_asked_is_kept_with_the_lead() {
    both(|db| {
        let app = TestApp::start(db);
        app.pool("META", 1);
        let file = "Name,Mobile,Created Date\nAsha,9876543210,2025-10-01T12:00:00Z\nRavi,9876543211,soon\n";
        assert_eq!(counts(&import(&app, "x.csv", file.as_bytes(), ""))[1], 2);
        let found =
            |name: &str| app.admin.get(&format!("/api/v1/leads?q={name}")).expect(200)["items"][0].clone();
        assert_eq!(found("asha")["enquired_at"], "2025-10-01T12:00:00Z");
        // What cannot be read as a time is kept as it stood.
        let ravi = found("ravi");
        assert_eq!((&ravi["enquired_at"], &ravi["custom"]["Created Date"]), (&Value::Null, &json!("soon")));
        assert!(app.admin.get("/api/v1/leads.csv").body.contains(",2025-10-01T12:00:00Z\r\n"));
    });
}

#[test]
fn an_import_follows_its_options() {
    both(|db| {
        let app = TestApp::start(db);
        app.pool("META", 2);
        let file = csv(0, 20);
        let done = import(&app, "a.csv", file.as_bytes(), "&no_assign=1");
        assert_eq!(
            (&done["accepted"], &done["assigned"], app.total("unassigned=true")),
            (&json!(20), &json!(0), 20)
        );
        assert_eq!(counts(&import(&app, "b.csv", file.as_bytes(), "")), [20, 0, 20, 0]);
        assert_eq!(counts(&import(&app, "b.csv", file.as_bytes(), "&duplicates=update"))[2], 20);
        assert_eq!(counts(&import(&app, "b.csv", file.as_bytes(), "&duplicates=keep")), [20, 20, 0, 0]);
        let odd = "a;b\n9876500001;Asha\n";
        let mapped = import(&app, "c.csv", odd.as_bytes(), "&map=a%3Dphone&map=b%3Dname");
        assert_eq!(counts(&mapped), [1, 1, 0, 0]);
        assert_eq!(app.total("q=asha"), 1);
        let multipart = "--X\r\nContent-Disposition: form-data; name=\"file\"; filename=\"d.csv\"\r\n\r\nphone\n9876500002\n\r\n--X--\r\n";
        let path = "/api/v1/imports?source=NEW&create_source=1";
        let queued = app.admin.raw(path, "multipart/form-data; boundary=X", multipart.as_bytes()).expect(202);
        let done = app.import_done(queued["id"].as_str().expect("id"));
        assert_eq!(
            (&done["source"], &done["file_name"], &done["accepted"]),
            (&json!("NEW"), &json!("d.csv"), &json!(1))
        );
        let preview = app.admin.raw("/api/v1/imports/preview", "text/csv", file.as_bytes()).expect(200);
        assert_eq!(preview["rows"].as_array().map(Vec::len), Some(20), "{preview}");
        assert_eq!(app.spooled(), 0);
        app.check();
    });
}

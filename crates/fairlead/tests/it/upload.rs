//! Hostile uploads: exact rows, reasons, or one clear refusal with nothing stored.

use crate::app::TestApp;
use crate::client::Answer;
use crate::database::both;

/// A refusal that says what is wrong and stores nothing.
fn refused(app: &TestApp, what: &str, answer: &Answer) {
    assert!((400..500).contains(&answer.status), "{what}: {} {}", answer.status, answer.body);
    assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{what}");
    assert!(answer.value()["detail"].as_str().is_some_and(|d| d.len() > 10), "{what}: {}", answer.body);
    assert_eq!((app.total(""), app.spooled()), (0, 0), "{what}");
    assert_eq!(
        app.admin.get("/api/v1/imports").expect(200)["items"].as_array().map(Vec::len),
        Some(0),
        "{what}"
    );
}

#[test]
fn what_is_no_list_of_leads_is_refused_and_nothing_is_stored() {
    both(|db| {
        let app = TestApp::start(db);
        app.pool("META", 1);
        let wide: String = (0..20_000).map(|n| format!("c{n},")).collect::<String>() + "phone\n";
        let zeros = vec![0; 100_000];
        for (what, name, file) in [
            ("empty", "a.csv", b"".as_slice()),
            ("blank", "a.csv", b"\n\n  \n"),
            ("no phone and no e-mail", "a.csv", b"colour,size\nred,4\nblue,5\n"),
            ("only NUL bytes", "a.csv", &zeros),
            ("20,000 columns", "a.csv", wide.as_bytes()),
            ("two columns of one name", "a.csv", b"phone,phone,name\n9876500004,9876500005,Di\n"),
            ("a broken workbook", "a.xlsx", b"PK\x03\x04 this is no workbook at all"),
            ("a picture", "a.png", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x01\x00"),
        ] {
            let path = format!("/api/v1/imports?source=META&file_name={name}");
            refused(&app, what, &app.admin.raw(&path, "application/octet-stream", file));
            let preview = format!("/api/v1/imports/preview?file_name={name}");
            let preview = app.admin.raw(&preview, "application/octet-stream", file);
            assert!(preview.status < 500, "{what}: {}", preview.body);
        }
        let path = "/api/v1/imports?source=META&map=nowhere%3Dphone";
        refused(&app, "a mapping of a column that is not there", &app.admin.raw(path, "text/csv", b"a\n1\n"));
        refused(&app, "no source", &app.admin.raw("/api/v1/imports", "text/csv", b"phone\n9876543210\n"));
        let path = "/api/v1/imports?source=NOWHERE";
        refused(&app, "an unknown source", &app.admin.raw(path, "text/csv", b"phone\n9876543210\n"));
        let path = "/api/v1/imports?source=META&surprise=1";
        refused(&app, "an unknown parameter", &app.admin.raw(path, "text/csv", b"phone\n9876543210\n"));
        let path = "/api/v1/imports?source=META";
        refused(&app, "multipart without a boundary", &app.admin.raw(path, "multipart/form-data", b"x"));
        let cut = b"--X\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nphone\n98765";
        refused(&app, "a cut multipart", &app.admin.raw(path, "multipart/form-data; boundary=X", cut));
        refused(&app, "no part", &app.admin.raw(path, "multipart/form-data; boundary=X", b"--X--\r\n"));
        app.check();
    });
}

#[test]
fn a_header_without_rows_is_an_import_of_nothing_or_refused() {
    both(|db| {
        let app = TestApp::start(db);
        app.pool("META", 1);
        let answer = app.admin.raw("/api/v1/imports?source=META", "text/csv", b"name,phone\n");
        match answer.status {
            202 => {
                let done = app.import_done(answer.value()["id"].as_str().expect("id"));
                assert_eq!(done["rows"], 0, "{done}");
            }
            _ => refused(&app, "header only", &answer),
        }
        assert_eq!(app.total(""), 0);
    });
}

#[test]
fn damage_inside_a_file_costs_its_rows_and_no_others() {
    both(|db| {
        let app = TestApp::start(db);
        app.pool("META", 2);
        for (what, name, file, rows, accepted) in [
            ("a NUL byte", "a.csv", "name,phone\nA\0sha,9876500001\nBo,9876500002\n", 2, 1),
            ("text under .xlsx", "a.xlsx", "name,phone\nCy,9876500003\n", 1, 1),
            (
                "ragged rows",
                "a.csv",
                "name,phone,city\nEd,9876500006\nFay,9876500007,Pune,more,still more\n",
                2,
                1,
            ),
            ("a quoted line end", "a.csv", "name,phone\n\"Gus\nline two\",9876500008\n", 1, 1),
        ] {
            let before = app.total("");
            let path = format!("/api/v1/imports?source=META&file_name={name}");
            let answer = app.admin.raw(&path, "application/octet-stream", file.as_bytes());
            let done = app.import_done(answer.expect(202)["id"].as_str().expect("id"));
            let count = |name: &str| done[name].as_u64().expect("a count");
            assert_eq!((&done["state"], count("rows")), (&"done".into(), rows), "{what}: {done}");
            assert_eq!(count("rows"), count("accepted") + count("duplicates") + count("rejected"), "{what}");
            assert!(count("accepted") >= accepted, "{what}: {done}");
            assert_eq!(app.total("") - before, count("accepted"), "{what}");
        }
        let path = "/api/v1/imports?source=META&map=1%3Dphone&map=2%3Dignore";
        let answer = app.admin.raw(path, "text/csv", b"phone,phone,name\n9876500004,9876500005,Di\n");
        let done = app.import_done(answer.expect(202)["id"].as_str().expect("id"));
        assert_eq!(done["accepted"], 1, "columns of one name are told apart by their numbers: {done}");
        // The quote that is never closed swallows the rest; what came before is kept, and the row is told.
        let file = "name,phone\nHal,9876500009\n\"Ida,9876500010\nJo,9876500011\n";
        let answer = app.admin.raw("/api/v1/imports?source=META", "text/csv", file.as_bytes());
        if answer.status == 202 {
            let done = app.import_done(answer.value()["id"].as_str().expect("id"));
            assert!(done["state"] == "done" || done["message"].is_string(), "{done}");
            assert!(done["rejected"].as_u64() >= Some(1) || done["state"] == "failed", "{done}");
        } else {
            assert!(answer.status < 500, "{}", answer.body);
        }
        app.check();
    });
}

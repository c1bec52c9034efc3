//! The console's import pages: a file is sent once, looked at, corrected, started, watched.

use crate::app::TestApp;
use crate::client::{Answer, Client};
use crate::database::both;

const FILE: &str = "Lead Name,Mobile No,Town,<i>Notes</i>\nAsha,9876500001,<b>Pune</b>,hello\nBo,12,Pune,\nCy,9876500001,Pune,\n";

/// Sends a file as a browser does.
fn send(client: &Client, name: &str, file: &[u8]) -> Answer {
    let mut body = format!(
        "--X\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: text/csv\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(file);
    body.extend_from_slice(b"\r\n--X--\r\n");
    client.follow(client.raw("/import", "multipart/form-data; boundary=X", &body))
}

/// The page of an upload, out of the page it was answered with (the client follows redirects).
fn upload(page: &Answer) -> String {
    assert_eq!(page.status, 200, "{}", page.body);
    let from = page.body.find("/import/upload/upload_").expect("the page of an upload");
    page.body[from..from + "/import/upload/upload_".len() + 32].to_owned()
}

#[test]
fn a_file_is_sent_once_corrected_and_imported() {
    both(|db| {
        let app = TestApp::start(db);
        app.pool("META", 2);
        let sent = send(&app.admin, "meta <b>june.csv", FILE.as_bytes());
        let path = upload(&sent);
        let page = app.admin.get(&path);
        assert!(
            page.body.contains("meta &lt;b&gt;june.csv") && !page.body.contains("<b>june"),
            "{}",
            page.body
        );
        assert!(
            page.body.contains("&lt;b&gt;Pune&lt;/b&gt;") && !page.body.contains("<b>Pune"),
            "a cell stays text"
        );
        assert!(page.body.contains("+919876500001"), "rows are shown as they will be read");
        assert!(page.body.contains("Phone: too short."), "and why one will be rejected");
        assert!(page.body.contains("META gives its leads to 2 agents."), "{}", page.body);
        assert_eq!(app.total(""), 0, "nothing is a lead yet");
        let corrected = app.admin.get(&format!("{path}?source=META&c2=ignore"));
        assert!(corrected.body.contains("No column for phone or e-mail"), "{}", corrected.body);
        let refused = app.admin.form(&path, "source=META&c2=ignore");
        assert_eq!(refused.status, 422, "{}", refused.body);
        assert!(refused.body.contains("The import was not started."), "{}", refused.body);
        let nowhere = app.admin.form(&path, "source=&duplicates=skip");
        assert_eq!(nowhere.status, 422);
        assert!(nowhere.body.contains("choose where the leads come from"), "{}", nowhere.body);
        let begun = app.admin.form(&path, "source=META&duplicates=skip&assign=now&c3=city");
        assert_eq!(begun.status, 200, "{}", begun.body);
        let imports = app.admin.get("/api/v1/imports").expect(200);
        let id = imports["items"][0]["id"].as_str().expect("an id");
        let done = app.import_done(id);
        assert_eq!(
            (&done["accepted"], &done["rejected"], &done["duplicates"]),
            (&1.into(), &1.into(), &1.into())
        );
        let page = app.admin.get(&format!("/import/{id}"));
        for words in [
            "Done, some rejected",
            "Assigned to 1 agent",
            "Phone: too short.",
            "errors.csv",
            "META 1",
            "/leads?import=",
        ] {
            assert!(page.body.contains(words), "{words}: {}", page.body);
        }
        assert_eq!(app.admin.get(&path).status, 404, "the upload is one no more");
        assert_eq!(app.admin.form(&path, "source=META").status, 404, "and is not started twice");
        assert_eq!(app.total(""), 1);
        assert!(app.admin.get("/import").body.contains("meta &lt;b&gt;june.csv"));
        app.check();
    });
}

#[test]
fn a_new_source_is_made_with_the_import_and_its_leads_wait() {
    both(|db| {
        let app = TestApp::start(db);
        let path = upload(&send(&app.admin, "list.csv", b"name,phone\nAsha,9876500001\n"));
        let unnamed = app.admin.form(&path, "source=%2Bnew&new_source=");
        assert_eq!(unnamed.status, 422);
        assert!(unnamed.body.contains("name the new source"), "{}", unnamed.body);
        let begun = app.admin.form(&path, "source=%2Bnew&new_source=FAIR");
        assert_eq!(begun.status, 200, "{}", begun.body);
        let imports = app.admin.get("/api/v1/imports").expect(200);
        app.import_done(imports["items"][0]["id"].as_str().expect("an id"));
        assert_eq!((app.total("source=FAIR"), app.total("unassigned=true")), (1, 1));
    });
}

#[test]
fn what_is_no_list_of_leads_is_refused_in_words_and_not_kept() {
    both(|db| {
        let app = TestApp::start(db);
        let hostile: [(&str, &[u8], &str); 4] = [
            ("cat.png", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x01\x00", "an image"),
            ("empty.csv", b"", "The file is empty."),
            ("bomb.xlsx", b"PK\x03\x04 this is no workbook at all", "workbook"),
            ("header.csv", b"name,phone\n", "no rows"),
        ];
        for (name, file, words) in hostile {
            let answer = send(&app.admin, name, file);
            assert_eq!(answer.status, 422, "{name}: {}", answer.body);
            assert!(answer.body.contains(words), "{name}: {}", answer.body);
            assert!(answer.body.contains("Nothing was stored."), "{name}");
            assert_eq!(app.spooled(), 0, "{name}");
        }
        let path = upload(&send(&app.admin, "list.csv", b"name,phone\nAsha,9876500001\n"));
        let gone = app.admin.form(&format!("{path}/drop"), "");
        assert_eq!((gone.status, app.spooled()), (200, 0), "{}", gone.body);
        assert_eq!(app.admin.get(&path).status, 404);
    });
}

#[test]
fn imports_are_for_staff_of_the_same_organisation() {
    both(|db| {
        let app = TestApp::start(db);
        let path = upload(&send(&app.admin, "list.csv", b"name,phone\nAsha,9876500001\n"));
        let (_, agent) = app.user("agent@example.com", "agent");
        for page in ["/import", &path] {
            assert_eq!(agent.get(page).status, 403, "{page}");
        }
        let other = app.admin.with_token(&app.db.token("other@example.com", "admin", Some("other")));
        assert_eq!(other.get(&path).status, 404, "another tenant's upload does not exist");
        assert_eq!(other.form(&path, "source=META").status, 404);
    });
}

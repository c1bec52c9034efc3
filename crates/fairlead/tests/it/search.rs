//! Search through the API: a lead is found the moment it is stored or corrected, however it is asked for.

use crate::app::{TestApp, csv, eventually, lead, phone};
use crate::client::Client;
use crate::database::both;
use serde_json::{Value, json};

fn uids(who: &Client, query: &str) -> Vec<String> {
    let list = who.get(&format!("/api/v1/leads?{query}")).expect(200);
    let items = list["items"].as_array().expect("items");
    items.iter().filter_map(|lead| lead["uid"].as_str().map(str::to_owned)).collect()
}

#[test]
fn a_lead_is_found_the_moment_it_is_stored_and_corrected() {
    both(|db| {
        let app = TestApp::start(db);
        app.pool("META", 2);
        let mut body = lead("META", 7);
        body["contact"]["name"] = json!("Zoë O'Brien");
        body["contact"]["email"] = json!("Zoe.OBrien@Example.com");
        let stored = app.admin.post("/api/v1/leads", &body).expect(201);
        app.lead("META", 8);
        for q in ["zoe", "ZO", "o%27brien+zoe", "zoe.obrien%40exam", "zoe.ob", "L-000001", "l-1"] {
            assert_eq!(uids(&app.admin, &format!("q={q}")), ["L-000001"], "{q}");
        }
        let number = phone(7);
        for q in [&number[1..], &number[9..]] {
            assert_eq!(uids(&app.admin, &format!("q={q}")), ["L-000001"], "{q}");
        }
        assert!(uids(&app.admin, "q=brienne").is_empty());
        let path = format!("/api/v1/leads/{}", stored["id"].as_str().expect("an id"));
        app.admin.json("PATCH", &path, &json!({"contact": {"name": "Thabo Naidoo"}})).expect(200);
        assert_eq!(uids(&app.admin, "q=nai"), ["L-000001"]);
        assert!(uids(&app.admin, "q=brien").is_empty());
        assert_eq!(uids(&app.admin, "q=th&sort=changed&source=META"), ["L-000001"]);
        app.check();
    });
}

#[test]
fn searches_stand_on_the_index_and_find_what_it_does_not_know_yet() {
    both(|db| {
        let app = TestApp::start(db);
        let agents = app.pool("META", 2);
        let import = app.admin.raw("/api/v1/imports?source=META", "text/csv", csv(0, 3_000).as_bytes());
        app.import_done(import.expect(202)["id"].as_str().expect("an id"));
        let indexed = || {
            let jobs = app.admin.get("/api/v1/jobs").expect(200);
            let job =
                jobs["items"].as_array().and_then(|jobs| jobs.iter().find(|j| j["name"] == "index_leads"));
            job.and_then(|job| job["runs"].as_i64()).unwrap_or(0) > 0
        };
        eventually("the leads are indexed", indexed);
        app.admin.post("/api/v1/leads", &lead("META", 5_000)).expect(201);
        assert_eq!(app.total("q=lead"), 3_001);
        assert_eq!(app.total("q=lead+5000"), 1);
        assert_eq!(app.total("q=lead+77"), 11, "77 and 770 to 779");
        assert_eq!(uids(&app.admin, "q=lead+77&sort=oldest&limit=2").len(), 2);
        let first = app.admin.get("/api/v1/leads?q=lead+77&limit=1").expect(200);
        let path = format!("/api/v1/leads/{}", first["items"][0]["id"].as_str().expect("an id"));
        app.admin.json("PATCH", &path, &json!({"contact": {"name": "Somebody Else"}})).expect(200);
        assert_eq!((app.total("q=lead+77"), app.total("q=somebody")), (10, 1));
        let theirs = agents.iter().map(|agent| app.total(&format!("q=lead&agent={agent}")));
        assert_eq!(theirs.sum::<u64>(), 3_000);

        // Every page once, in each order, whatever is asked with it.
        for query in ["sort=newest", "sort=oldest&q=lead", "sort=changed", "sort=changed&q=le&status=pending"]
        {
            let (mut seen, mut cursor) = (Vec::new(), String::new());
            loop {
                let path = format!("/api/v1/leads?limit=500&{query}{cursor}");
                let list: Value = app.admin.get(&path).expect(200);
                let items = list["items"].as_array().expect("items");
                seen.extend(items.iter().filter_map(|lead| lead["uid"].as_str().map(str::to_owned)));
                match list["next_cursor"].as_str() {
                    Some(next) => cursor = format!("&cursor={next}"),
                    None => break,
                }
            }
            let all = if query.contains("q=") { 3_000 } else { 3_001 };
            let mut once = seen.clone();
            once.sort_unstable();
            once.dedup();
            assert_eq!((seen.len(), once.len()), (all, all), "{query}");
        }
        assert_eq!(app.admin.get("/api/v1/leads.csv?q=lead").body.lines().count(), 3_001);
        app.check();
    });
}

//! The store's promises, held against SQLite and PostgreSQL by the same tests. PostgreSQL is the one that
//! `FAIRLEAD_TEST_POSTGRES` names (`cargo xtask test` sets it); without it that half is skipped and says so.

mod flow;
mod ground;
mod search;

use model::import::ImportState;
use model::{EventId, Micros, PoolMember, Status, Weight};
use serde_json::json;
use store::lead::{
    LeadRow, Tally, history_insert, lead_fetch_no, lead_fill, lead_insert, lead_match, lead_move, tally_add,
};
use store::lead_list::{LeadFilter, LeadPlace, LeadPlan, LeadSort, Search, Total, lead_count, lead_list};
use store::organization::{counter_lock, counter_put};
use store::{Error, agent, idempotency, import, job, migrate, outbox, pool, source};
use uuid::Uuid;

use ground::{both, import_row, is_conflict, lead, mail, moved, organization};

#[test]
fn a_second_migration_applies_nothing_and_a_newer_schema_is_refused() {
    both(async |g| {
        assert_eq!(migrate::version(&g.reader).await.expect("a version"), migrate::newest());
        let again = migrate::migrate(&g.target, Micros(2)).await.expect("nothing to do");
        assert!(again.is_empty());
        let tx = g.begin().await;
        let newer = format!("INSERT INTO schema_migration VALUES ({}, 'later', 1)", migrate::newest() + 1);
        tx.execute(&newer, vec![]).await.expect("a row");
        tx.commit().await.expect("a commit");
        assert!(matches!(migrate::migrate(&g.target, Micros(3)).await, Err(Error::Corrupt(_))));
    });
}

#[test]
fn a_transaction_that_is_dropped_or_rolled_back_leaves_nothing() {
    both(async |g| {
        let tx = g.begin().await;
        lead_insert(&tx, &[g.lead(1)]).await.expect("stored");
        drop(tx);
        let tx = g.begin().await;
        lead_insert(&tx, &[g.lead(2)]).await.expect("stored");
        tx.rollback().await.expect("undone");
        for lead_no in [1, 2] {
            assert!(matches!(lead_fetch_no(&g.reader, g.org, lead_no).await, Err(Error::NotFound)));
        }
    });
}

#[test]
fn a_lead_comes_back_as_it_was_stored() {
    both(async |g| {
        let mut row = mail(g.lead(1), "Asha@Example.com");
        row.skills = Some(vec!["hindi".to_owned(), "tamil".to_owned()]);
        row.value = Some(1_500_500);
        row.import_row = Some(7);
        let mut details = row.details();
        details.title = Some("Zoë \"quoted\" 日本".to_owned());
        details.custom.insert("n".to_owned(), json!([1, null, "x"]));
        row.set_details(&details);
        g.leads(&[row.clone(), g.lead(2)]).await;
        let read = lead_fetch_no(&g.reader, g.org, 1).await.expect("the lead");
        let same = |row: &LeadRow| {
            (row.id, row.phone, row.email.clone(), row.skills.clone(), row.value, row.import_row)
        };
        assert_eq!(same(&read), same(&row));
        assert_eq!(read.details(), details);
        assert_eq!((read.status, read.is_open, read.agent_no, read.changes), (Status::New, true, None, 0));
    });
}

#[test]
fn a_first_lead_keeps_its_keys_and_its_repeats_are_told() {
    both(async |g| {
        g.leads(&[mail(g.lead(1), "a@example.com")]).await;
        let tx = g.begin().await;
        let mut same_phone = g.lead(2);
        same_phone.phone = g.lead(1).phone;
        let same_mail = mail(g.lead(3), "A@example.com");
        let fresh = g.lead(4);
        let mut repeats_fresh = g.lead(5);
        repeats_fresh.phone = fresh.phone;
        let mut kept = g.lead(6);
        (kept.phone, kept.duplicate_of) = (g.lead(1).phone, Some(1));
        let rows = [same_phone, same_mail, fresh, repeats_fresh, kept];
        let stored = lead_insert(&tx, &rows).await.expect("an answer");
        assert_eq!(stored, [false, false, true, false, true]);
        let found = lead_match(&tx, g.org, &[&rows[0], &rows[1], &rows[3]]).await.expect("matches");
        let mut numbers: Vec<i64> = found.iter().map(|m| m.lead_no).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers, [1, 4], "kept duplicates are no first leads");
        tx.commit().await.expect("a commit");
        assert!(matches!(lead_fetch_no(&g.reader, g.org, 2).await, Err(Error::NotFound)));
    });
}

#[test]
fn filling_a_lead_never_takes_a_key_that_another_first_lead_has() {
    both(async |g| {
        g.leads(&[g.lead(1), g.lead(2)]).await;
        let tx = g.begin().await;
        let mut filled = mail(g.lead(2), "new@example.com");
        filled.phone = g.lead(1).phone;
        filled.city = Some("Pune".to_owned());
        lead_fill(&tx, &filled).await.expect("filled");
        assert!(matches!(lead_fill(&tx, &g.lead(77)).await, Err(Error::NotFound)));
        tx.commit().await.expect("a commit");
        let read = lead_fetch_no(&g.reader, g.org, 2).await.expect("the lead");
        assert_eq!((read.phone, read.city.as_deref()), (g.lead(2).phone, Some("Pune")));
        assert_eq!(read.email.as_deref(), Some("new@example.com"));
    });
}

#[test]
fn a_move_that_finds_the_lead_elsewhere_is_refused() {
    both(async |g| {
        let rows = [g.lead(1), g.lead(2)];
        g.leads(&rows).await;
        let tx = g.begin().await;
        lead_move(&tx, &[moved(&rows[0], 1, None, Some(1), Status::Pending)]).await.expect("moved");
        tx.commit().await.expect("a commit");
        for stale in [
            moved(&rows[0], 2, None, Some(2), Status::Pending),
            moved(&rows[0], 1, Some(1), Some(2), Status::Pending),
        ] {
            let tx = g.begin().await;
            let fine = moved(&rows[1], 1, None, Some(2), Status::Pending);
            assert!(is_conflict(&lead_move(&tx, &[fine, stale]).await));
            tx.rollback().await.expect("undone");
        }
        let read = lead_fetch_no(&g.reader, g.org, 1).await.expect("the lead");
        assert_eq!(
            (read.agent_no, read.status, read.changes, read.assigned_at),
            (Some(1), Status::Pending, 1, Some(101))
        );
        assert_eq!(lead_fetch_no(&g.reader, g.org, 2).await.expect("the lead").agent_no, None);
    });
}

#[test]
fn a_lead_may_move_twice_in_one_batch() {
    both(async |g| {
        let row = g.lead(1);
        g.leads(std::slice::from_ref(&row)).await;
        let tx = g.begin().await;
        let moves = [
            moved(&row, 1, None, Some(1), Status::Pending),
            moved(&row, 2, Some(1), None, Status::New),
            moved(&row, 3, None, Some(2), Status::Pending),
        ];
        lead_move(&tx, &moves).await.expect("moved");
        history_insert(&tx, &moves).await.expect("told");
        tx.commit().await.expect("a commit");
        let read = lead_fetch_no(&g.reader, g.org, 1).await.expect("the lead");
        assert_eq!((read.agent_no, read.changes), (Some(2), 3));
        let history = store::lead::history_list(&g.reader, g.org, 1).await.expect("its history");
        assert_eq!(
            history.iter().map(|h| (h.n, h.to)).collect::<Vec<_>>(),
            [(1, Status::Pending), (2, Status::New), (3, Status::Pending)]
        );
    });
}

#[test]
fn tallies_add_up_and_never_go_below_zero() {
    both(async |g| {
        let change = |status, leads, waiting| Tally { org_id: g.org.0, source_no: 1, status, leads, waiting };
        let tx = g.begin().await;
        tally_add(
            &tx,
            &[change(Status::New, 5, 5), change(Status::New, -2, -2), change(Status::Pending, 2, 0)],
        )
        .await
        .expect("added");
        tx.commit().await.expect("a commit");
        let all = LeadFilter::default();
        assert_eq!(lead_count(&g.reader, g.org, &all).await.expect("a count"), Some(5));
        let waiting = LeadFilter { unassigned: true, ..LeadFilter::default() };
        assert_eq!(lead_count(&g.reader, g.org, &waiting).await.expect("a count"), Some(3));
        let searched = LeadFilter { q: Some(Search::Uid(1)), ..LeadFilter::default() };
        assert_eq!(lead_count(&g.reader, g.org, &searched).await.expect("a count"), None);
        let tx = g.begin().await;
        assert!(is_conflict(&tally_add(&tx, &[change(Status::New, -4, 0)]).await));
    });
}

#[test]
fn a_pool_steps_from_where_it_stands_only() {
    both(async |g| {
        let tx = g.begin().await;
        let mut before = pool::pool_fetch_locked(&tx, g.org, 1).await.expect("a pool").state;
        let member = |slot: usize| PoolMember {
            slot,
            agent_no: slot as i64 + 1,
            weight: Weight::ONE,
            credit: model::Credit(0),
            current: true,
        };
        before.members = vec![member(0), member(1)];
        (before.enabled, before.config_version) = (true, 1);
        pool::pool_put(&tx, g.org, &before, true, 5).await.expect("saved");
        tx.commit().await.expect("a commit");
        let mut after = before.clone();
        (after.seq, after.last_slot) = (before.seq + 1, 1);
        after.members[1].credit = model::Credit(-model::Credit::LEAD);
        let tx = g.begin().await;
        pool::pool_step(&tx, g.org, &before, &after).await.expect("a step");
        tx.commit().await.expect("a commit");
        let tx = g.begin().await;
        assert!(is_conflict(&pool::pool_step(&tx, g.org, &before, &after).await), "the pool moved meanwhile");
        tx.rollback().await.expect("undone");
        let read = pool::pool_fetch(&g.reader, g.org, 1).await.expect("the pool");
        assert_eq!((&read.state, read.configured), (&after, true));
        let none = LeadFilter { source_no: Some(99), ..LeadFilter::default() };
        assert_eq!(lead_count(&g.reader, g.org, &none).await.expect("a count"), Some(0));
    });
}

#[test]
fn events_are_numbered_without_gaps_and_come_back_in_order() {
    both(async |g| {
        for batch in 0..3 {
            let tx = g.begin().await;
            let mut counter = counter_lock(&tx, g.org).await.expect("the counter");
            let event = |n: i64| outbox::EventRow {
                org_id: g.org.0,
                cursor: counter.cursor + n,
                id: Uuid::now_v7(),
                kind: "lead_created",
                data: serde_json::value::to_raw_value(&json!({"n": n})).expect("json"),
                occurred_at: batch * 100,
                user_id: (n == 2).then(|| Uuid::from_u128(7)),
                agent_no: (n == 1).then_some(9),
            };
            outbox::event_insert(&tx, &[event(1), event(2)]).await.expect("events");
            counter.cursor += 2;
            counter_put(&tx, g.org, &counter).await.expect("counted");
            // The second batch never happens, and neither do its numbers.
            if batch == 1 {
                tx.rollback().await.expect("undone");
            } else {
                tx.commit().await.expect("a commit");
            }
        }
        let all = outbox::event_list(&g.reader, g.org, 0, 10).await.expect("events");
        assert_eq!(
            all.iter().map(|e| (e.cursor, e.data.replace(' ', ""), e.agent_no)).collect::<Vec<_>>(),
            [(1, 1), (2, 2), (3, 1), (4, 2)]
                .map(|(cursor, n)| { (cursor, format!("{{\"n\":{n}}}"), (n == 1).then_some(9)) })
        );
        assert_eq!((all[0].user, all[1].user), (None, Some(model::UserId(Uuid::from_u128(7)))));
        assert!(all[0].id != EventId(Uuid::nil()) && all[0].kind == "lead_created");
        assert_eq!(outbox::event_list(&g.reader, g.org, 2, 1).await.expect("events")[0].cursor, 3);
        let tx = g.begin().await;
        assert_eq!(outbox::event_prune(&tx, g.org, 150, 10).await.expect("pruned"), 2);
        assert_eq!(outbox::event_prune(&tx, g.org, 150, 10).await.expect("pruned"), 0);
    });
}

#[test]
fn only_the_worker_that_holds_an_import_moves_it_on_and_only_from_where_it_stands() {
    both(async |g| {
        let mut row = import_row(g.org);
        let tx = g.begin().await;
        import::import_insert(&tx, &row).await.expect("stored");
        assert_eq!(import::import_claim(&tx, "two", 50, 99).await.expect("an answer"), None, "still held");
        let claimed = import::import_claim(&tx, "two", 51, 99).await.expect("an answer").expect("an import");
        assert_eq!((claimed.worker.as_deref(), claimed.id), (Some("two"), row.id));
        tx.commit().await.expect("a commit");
        (row.counts.rows, row.counts.accepted, row.state) = (10, 10, ImportState::Running);
        let tx = g.begin().await;
        assert!(is_conflict(&import::import_progress(&tx, &row, "one", 0).await), "it was taken over");
        assert!(is_conflict(&import::import_progress(&tx, &row, "two", 5).await), "it stands elsewhere");
        import::import_progress(&tx, &row, "two", 0).await.expect("moved on");
        row.state = ImportState::Done;
        import::import_progress(&tx, &row, "two", 10).await.expect("ended");
        assert!(is_conflict(&import::import_progress(&tx, &row, "two", 10).await), "it has ended");
        tx.commit().await.expect("a commit");
        let read = import::import_fetch(&g.reader, g.org, row.id).await.expect("the import");
        assert_eq!((read.state, read.counts), (ImportState::Done, row.counts));
    });
}

#[test]
fn pieces_of_an_upload_and_refused_rows_come_back_as_they_were() {
    both(async |g| {
        let tx = g.begin().await;
        let data: Vec<u8> = (0..=255).cycle().take(100_000).collect();
        import::chunk_insert(&tx, g.org, "key", 0, data.clone()).await.expect("stored");
        let error = |n: i64, reason: &str| import::RowErrorRow {
            org_id: g.org.0,
            import_no: 1,
            n,
            kind: "rejected",
            line: n + 1,
            column_name: "phone".to_owned(),
            reason: reason.to_owned(),
            original: "a,\"b\"\n=c".to_owned(),
        };
        import::row_error_insert(&tx, &[error(1, "too short"), error(2, "too short"), error(3, "empty")])
            .await
            .expect("stored");
        tx.commit().await.expect("a commit");
        let fetch = async |n| import::chunk_fetch(&g.reader, g.org, "key", n).await.expect("an answer");
        assert_eq!((fetch(0).await, fetch(1).await), (Some(data), None));
        let list = import::row_error_list(&g.reader, g.org, 1, 1, 10).await.expect("rows");
        assert_eq!(list.iter().map(|(n, ..)| *n).collect::<Vec<_>>(), [2, 3]);
        assert_eq!(list[0].2.original, "a,\"b\"\n=c");
        let reasons = import::row_error_reasons(&g.reader, g.org, 1, 10).await.expect("reasons");
        assert_eq!(reasons[0], ("phone".to_owned(), "too short".to_owned(), 2));
        let tx = g.begin().await;
        import::chunk_delete(&tx, g.org, "key").await.expect("deleted");
        assert_eq!(import::chunk_fetch(&tx, g.org, "key", 0).await.expect("an answer"), None);
    });
}

#[test]
fn an_answer_is_kept_once_a_key_and_a_day() {
    both(async |g| {
        let day = idempotency::KEPT_SECONDS * Micros::SECOND;
        let answer =
            idempotency::StoredAnswer { request_hash: vec![0, 255, 7], status: 201, answer: "{}".to_owned() };
        let tx = g.begin().await;
        idempotency::answer_insert(&tx, g.org, "K1", &answer, 10).await.expect("kept");
        tx.commit().await.expect("a commit");
        let tx = g.begin().await;
        assert!(is_conflict(&idempotency::answer_insert(&tx, g.org, "K1", &answer, 20).await));
        tx.rollback().await.expect("undone");
        let fetch = async |key, since| {
            idempotency::answer_fetch(&g.reader, g.org, key, since).await.expect("an answer")
        };
        assert_eq!(fetch("K1", 10).await, Some(answer.clone()));
        assert_eq!((fetch("K1", 11).await, fetch("K2", 0).await), (None, None));
        let tx = g.begin().await;
        idempotency::answer_insert(&tx, g.org, "K1", &answer, 11 + day)
            .await
            .expect("the old one has expired");
        assert_eq!(idempotency::answer_prune(&tx, 12 + day, 10).await.expect("pruned"), 1);
    });
}

#[test]
fn a_lease_has_one_holder_and_a_new_term_for_each_new_one() {
    both(async |g| {
        let tx = g.begin().await;
        let take = async |holder, now, until| {
            job::lease_take(&tx, "sweep", holder, now, until).await.expect("an answer")
        };
        assert_eq!(take("one", 10, 20).await, Some(1));
        assert_eq!(take("two", 15, 25).await, None);
        assert_eq!(take("one", 15, 30).await, Some(1), "renewed");
        assert_eq!(take("two", 31, 40).await, Some(2), "expired");
        job::job_finish(&tx, "sweep", "one", "late", 32).await.expect("nothing");
        assert_eq!(take("one", 33, 50).await, None, "whoever lost the lease cannot give it back");
        job::job_finish(&tx, "sweep", "two", "done", 35).await.expect("told");
        assert_eq!(take("one", 36, 50).await, Some(3));
        let jobs = job::job_list(&tx).await.expect("jobs");
        assert_eq!((jobs[0].runs, jobs[0].last_result.as_deref()), (1, Some("done")));
    });
}

#[test]
fn lists_go_by_keyset_in_every_order_and_searches_find() {
    both(async |g| {
        let mut rows: Vec<LeadRow> = (1..=25).map(|n| g.lead(n)).collect();
        for (n, row) in rows.iter_mut().enumerate() {
            row.changed_at = 1_000 - (n as i64 % 5);
        }
        rows[6] = mail(rows[6].clone(), "Asha.Rao_1@Example.com");
        rows[6].name = Some("Asha Maria Rao".to_owned());
        rows[7].name = Some("100% Sure".to_owned());
        rows[8].category = Some("solar".to_owned());
        g.leads(&rows).await;
        for sort in [LeadSort::Newest, LeadSort::Oldest, LeadSort::Changed] {
            let (mut seen, mut after) = (Vec::new(), None);
            loop {
                let page = lead_list(&g.reader, g.org, &LeadFilter::default(), sort, after, 4)
                    .await
                    .expect("a page");
                let Some(last) = page.last() else { break };
                after = Some(LeadPlace { changed_at: last.changed_at, lead_no: last.lead_no });
                seen.extend(page.iter().map(|row| (row.changed_at, row.lead_no)));
            }
            let mut sorted = seen.clone();
            match sort {
                LeadSort::Newest => sorted.sort_by_key(|(_, no)| -no),
                LeadSort::Oldest => sorted.sort_by_key(|(_, no)| *no),
                LeadSort::Changed => sorted.sort_by_key(|(at, no)| (-at, -no)),
            }
            sorted.dedup();
            assert_eq!((seen.len(), &seen), (25, &sorted), "{sort:?}");
        }
        let name = |words: &[&str]| Search::Name(words.join(" "));
        let tx = g.begin().await;
        let tally = Tally { org_id: g.org.0, source_no: 1, status: Status::New, leads: 25, waiting: 25 };
        tally_add(&tx, &[tally]).await.expect("added");
        tx.commit().await.expect("a commit");
        for (q, found) in [
            (Search::Uid(7), vec![7]),
            (Search::Phone(919_000_000_003), vec![3]),
            (Search::PhoneEnd(12, 4), vec![12]),
            (Search::PhoneEnd(9_999, 4), vec![]),
            (Search::Email("asha.rao_".to_owned()), vec![7]),
            (Search::Email("asha_rao".to_owned()), vec![]),
            (name(&["rao", "ash"]), vec![7]),
            (name(&["ria"]), vec![]),
            (name(&["100%"]), vec![8]),
            (name(&["%"]), vec![]),
        ] {
            let filter = LeadFilter { q: Some(q.clone()), ..LeadFilter::default() };
            let page =
                lead_list(&g.reader, g.org, &filter, LeadSort::Oldest, None, 50).await.expect("a page");
            assert_eq!(page.iter().map(|row| row.lead_no).collect::<Vec<_>>(), found, "{q:?}");
            let plan = LeadPlan::open(&g.reader, g.org, &filter).await.expect("a plan");
            let total = plan.total(&g.reader).await.expect("a total");
            assert_eq!(total, Total::Exactly(found.len() as i64), "{q:?}");
        }
        let filter = LeadFilter {
            category: Some("solar".to_owned()),
            created_from: Some(90),
            created_to: Some(91),
            unassigned: true,
            ..LeadFilter::default()
        };
        let page = lead_list(&g.reader, g.org, &filter, LeadSort::Newest, None, 50).await.expect("a page");
        assert_eq!(page.iter().map(|row| row.lead_no).collect::<Vec<_>>(), [9]);
    });
}

#[test]
fn organisations_with_the_same_numbers_never_meet() {
    both(async |g| {
        let tx = g.begin().await;
        let other = organization(&tx, "second").await;
        tx.commit().await.expect("a commit");
        let (ours, theirs) = (g.lead(1), lead(other, 1));
        g.leads(&[ours.clone(), theirs.clone()]).await;
        assert_eq!(lead_fetch_no(&g.reader, other, 1).await.expect("theirs").id, theirs.id);
        assert!(matches!(
            store::lead::lead_fetch(&g.reader, other, ours.lead_id()).await,
            Err(Error::NotFound)
        ));
        let tx = g.begin().await;
        let found = lead_match(&tx, other, &[&ours]).await.expect("matches");
        assert_eq!(found.iter().map(|m| m.id).collect::<Vec<_>>(), [theirs.lead_id()]);
        lead_move(&tx, &[moved(&ours, 1, None, Some(1), Status::Pending)]).await.expect("moved");
        tx.commit().await.expect("a commit");
        assert_eq!(lead_fetch_no(&g.reader, other, 1).await.expect("theirs").agent_no, None);
        let agents = agent::agent_list(&g.reader, other, 0, 10).await.expect("agents");
        assert!(agents.is_empty());
        let source = source::source_find(&g.reader, other, " meta ").await.expect("by name in any case");
        let ours = source::source_find(&g.reader, g.org, "META").await.expect("ours");
        assert_ne!(source.id, ours.id);
        assert!(source::source_find(&g.reader, g.org, &source.id.to_string()).await.is_err());
    });
}

#[test]
fn readers_cannot_write() {
    both(async |g| {
        use store::Query;
        let written = g.reader.rows("DELETE FROM organization RETURNING org_id", vec![]).await;
        assert!(written.is_err());
        assert_eq!(store::organization::organization_list(&g.reader).await.expect("a list").len(), 1);
    });
}

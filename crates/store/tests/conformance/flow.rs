//! The counters of the overview.

use crate::ground::both;
use model::{Micros, Status};
use store::flow::{self, Cohort, Flow, QUARTER, cohort_add, cohort_list, flow_add, flow_list, flow_prune};

#[test]
fn flows_add_up_and_are_told_in_steps() {
    both(async |g| {
        let day = 1000 * 24 * 3600 * Micros::SECOND;
        let at = |quarter: i64, created, assigned| Flow {
            org_id: g.org.0,
            quarter: day + quarter * QUARTER,
            source_no: 1,
            created,
            assigned,
            ..Flow::default()
        };
        let tx = g.begin().await;
        flow_add(&tx, &[at(0, 1, 0), at(3, 2, 1), at(4, 4, 0)]).await.expect("added");
        flow_add(&tx, &[at(3, 8, 1)]).await.expect("added");
        tx.commit().await.expect("a commit");
        let hours = flow_list(&g.reader, g.org, day, day + 8 * QUARTER, 4 * QUARTER).await.expect("steps");
        let told: Vec<_> = hours.iter().map(|s| (s.from - day, s.created, s.assigned)).collect();
        assert_eq!(told, [(0, 11, 2), (4 * QUARTER, 4, 0)]);
        // Steps may begin with any quarter.
        let shifted = flow_list(&g.reader, g.org, day + QUARTER, day + 9 * QUARTER, 4 * QUARTER).await;
        let told: Vec<_> = shifted.expect("steps").iter().map(|s| (s.from - day, s.created)).collect();
        assert_eq!(told, [(QUARTER, 14)]);
    });
}

#[test]
fn cohorts_follow_their_leads_and_old_counters_are_pruned() {
    both(async |g| {
        let now = Micros(1000 * 24 * 3600 * Micros::SECOND);
        let cohort = |age: i64, status, leads| Cohort {
            org_id: g.org.0,
            quarter: flow::quarter(now.plus_seconds(-age).0),
            source_no: 1,
            status,
            leads,
            waiting: 0,
        };
        let old = flow::COHORT_SECONDS + 3600;
        let tx = g.begin().await;
        let all = [cohort(0, Status::New, 5), cohort(3600, Status::New, 2), cohort(old, Status::New, 9)];
        cohort_add(&tx, &all).await.expect("added");
        cohort_add(&tx, &[cohort(3600, Status::New, -2), cohort(3600, Status::Sale, 2)])
            .await
            .expect("added");
        let aged = flow::quarter(now.plus_seconds(-flow::FLOW_SECONDS - 3600).0);
        let flow = |quarter| Flow { org_id: g.org.0, quarter, source_no: 1, created: 1, ..Flow::default() };
        flow_add(&tx, &[flow(aged), flow(flow::quarter(now.0))]).await.expect("added");
        tx.commit().await.expect("a commit");
        let young = |since: i64| cohort_list(&g.reader, g.org, flow::quarter(now.plus_seconds(-since).0));
        let told = |sums: Vec<flow::CohortSum>| sums.iter().map(|s| (s.status, s.leads)).collect::<Vec<_>>();
        assert_eq!(told(young(7200).await.expect("sums")), [(Status::New, 5), (Status::Sale, 2)]);
        assert_eq!(told(young(old).await.expect("sums"))[0], (Status::New, 14));
        let tx = g.begin().await;
        assert_eq!(flow_prune(&tx, g.org, now, 1).await.expect("gone"), 2);
        assert_eq!(flow_prune(&tx, g.org, now, 1).await.expect("gone"), 0);
        tx.commit().await.expect("a commit");
        assert_eq!(told(young(old).await.expect("sums"))[0], (Status::New, 5));
    });
}

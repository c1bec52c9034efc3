//! A fresh database with something in it, and rows to put there.

use model::agent::{Availability, Presence};
use model::import::ImportState;
use model::{
    AgentId, DuplicatePolicy, E164, ImportId, LeadDraft, LeadId, Micros, OrgId, OrgPublicId, SourceId,
    Status, Weight,
};
use sea_orm::ConnectionTrait;
use serde_json::json;
use std::sync::atomic::{AtomicU32, Ordering};
use store::lead::{LeadMove, LeadRow, lead_insert};
use store::organization::{Organization, organization_insert};
use store::{Error, Reader, Target, Tx, Writer, agent, import, migrate, source};
use uuid::Uuid;

const POSTGRES: &str = "FAIRLEAD_TEST_POSTGRES";

/// A migrated database with an organisation, a source (1) and two agents (1 and 2).
pub(crate) struct Ground {
    pub(crate) target: Target,
    pub(crate) writer: Writer,
    pub(crate) reader: Reader,
    pub(crate) org: OrgId,
}

/// Runs a test on each database there is, each time on a fresh one.
pub(crate) fn both(test: impl AsyncFn(&Ground)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let folder = tempfile::tempdir().expect("a folder");
        test(&Ground::new(Target::Sqlite(folder.path().join("store.db"))).await).await;
        let Some(server) = std::env::var(POSTGRES).ok().filter(|url| !url.is_empty()) else {
            #[expect(clippy::print_stderr, reason = "whoever runs the tests must know")]
            {
                eprintln!("the PostgreSQL half is skipped: {POSTGRES} is not set (cargo xtask test sets it)");
            }
            return;
        };
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("store_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let maintenance = sea_orm::Database::connect(&server).await.expect("PostgreSQL");
        maintenance.execute_unprepared(&format!("CREATE DATABASE {name}")).await.expect("a database");
        let (start, _) = server.rsplit_once('/').expect("a database in the address");
        test(&Ground::new(Target::Postgres(format!("{start}/{name}"))).await).await;
        maintenance.execute_unprepared(&format!("DROP DATABASE {name} WITH (FORCE)")).await.expect("its end");
    });
}

impl Ground {
    async fn new(target: Target) -> Self {
        migrate::migrate(&target, Micros(1)).await.expect("a schema");
        let writer = Writer::open(&target).await.expect("a writer");
        let reader = Reader::open(&target).await.expect("readers");
        let tx = writer.begin().await.expect("a transaction");
        let org = organization(&tx, "first").await;
        for agent_no in [1, 2] {
            agent::agent_insert(&tx, org, &agent_row(agent_no)).await.expect("an agent");
        }
        tx.commit().await.expect("a commit");
        Self { target, writer, reader, org }
    }

    pub(crate) async fn begin(&self) -> Tx<'_> {
        self.writer.begin().await.expect("a transaction")
    }

    /// Stores leads for good.
    pub(crate) async fn leads(&self, rows: &[LeadRow]) {
        let tx = self.begin().await;
        let stored = lead_insert(&tx, rows).await.expect("leads");
        assert!(stored.iter().all(|stored| *stored), "{stored:?}");
        tx.commit().await.expect("a commit");
    }

    pub(crate) fn lead(&self, lead_no: i64) -> LeadRow {
        lead(self.org, lead_no)
    }
}

pub(crate) async fn organization(tx: &Tx<'_>, slug: &str) -> OrgId {
    let new = Organization {
        org: OrgId(0),
        id: OrgPublicId(Uuid::now_v7()),
        slug: slug.to_owned(),
        name: slug.to_owned(),
        timezone: "Asia/Kolkata".to_owned(),
        region: "IN".to_owned(),
        duplicate_policy: DuplicatePolicy::Skip,
        created_at: 1,
    };
    let org = organization_insert(tx, &new).await.expect("an organisation");
    let source = source::Source {
        source_no: 1,
        id: SourceId(Uuid::now_v7()),
        name: "META".to_owned(),
        active: true,
        created_at: 1,
    };
    source::source_insert(tx, org, &source).await.expect("a source");
    org
}

pub(crate) fn agent_row(agent_no: i64) -> agent::Agent {
    agent::Agent {
        agent_no,
        id: AgentId(Uuid::now_v7()),
        user_id: None,
        name: format!("Agent {agent_no}"),
        email: None,
        active: true,
        presence: Presence::Online,
        weight: Weight::ONE,
        skills: vec!["tamil".to_owned()],
        daily_cap: None,
        open_cap: Some(9),
        availability: Availability::default(),
        total: 0,
        open_count: 0,
        day: None,
        day_count: 0,
        last_assigned_at: None,
        created_at: 1,
    }
}

/// The lead number `lead_no` with a phone of its own.
pub(crate) fn lead(org: OrgId, lead_no: i64) -> LeadRow {
    let phone = E164::from_digits(919_000_000_000 + lead_no as u64);
    let draft = LeadDraft { name: Some(format!("Lead {lead_no}")), phone, ..LeadDraft::default() };
    LeadRow::new(org, lead_no, LeadId(Uuid::now_v7()), 1, lead_no * 10, draft)
}

pub(crate) fn mail(mut row: LeadRow, email: &str) -> LeadRow {
    row.email = Some(email.to_owned());
    row.email_key = Some(store::lead::text_key(&email.to_lowercase()));
    row
}

/// From one agent to another.
pub(crate) fn moved(lead: &LeadRow, n: i64, before: Option<i64>, after: Option<i64>, to: Status) -> LeadMove {
    LeadMove {
        org_id: lead.org_id,
        lead_no: lead.lead_no,
        n,
        from_status: Some(Status::New),
        to_status: to,
        is_open: !to.is_final(),
        agent_before: before,
        agent_no: after,
        share_paid: false,
        skip_agent: None,
        callback_at: None,
        why: "test",
        actor: "system".into(),
        note: None,
        at: 100 + n,
        given: after.is_some(),
    }
}

pub(crate) fn is_conflict<T>(result: &store::Result<T>) -> bool {
    matches!(result, Err(Error::Conflict(_)))
}

pub(crate) fn import_row(org: OrgId) -> import::Import {
    import::Import {
        org,
        import_no: 1,
        id: ImportId(Uuid::now_v7()),
        source_no: 1,
        state: ImportState::Queued,
        file_name: "a.csv".to_owned(),
        spool: "key".to_owned(),
        options: json!({}),
        plan: None,
        resume: None,
        bytes_total: 100,
        bytes_read: 0,
        counts: model::import::ImportCounts::default(),
        message: None,
        batch_id: Uuid::now_v7(),
        worker: Some("one".to_owned()),
        worker_until: 50,
        actor: "system".to_owned(),
        created_at: 1,
        finished_at: None,
    }
}

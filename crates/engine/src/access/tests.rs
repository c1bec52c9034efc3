//! Time passes: links and sessions end.

use crate::access::Client;
use crate::access::link::{CreateLink, WORKS};
use crate::access::session::{IDLE, LONGEST, TouchSession};
use crate::organization::EnsureOrganization;
use crate::user::{CreateUser, secret_hash};
use crate::{By, Engine, Failure, Refusal, Settings};
use model::{Micros, OrgId, Purpose, Role};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use store::Target;
use store::user::User;

struct Ground {
    engine: Engine,
    clock: Arc<AtomicI64>,
    by: By,
    user: User,
    _folder: tempfile::TempDir,
}

impl Ground {
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let target = Target::Sqlite(folder.path().join("access.db"));
        store::migrate::migrate(&target, Micros(1)).await.expect("a schema");
        let clock = Arc::new(AtomicI64::new(1_800_000_000 * Micros::SECOND));
        let ticking = clock.clone();
        let ticking = Arc::new(move || Micros(ticking.load(Ordering::SeqCst)));
        let engine = Engine::start(&target, ticking, Settings::default()).await.expect("an engine");
        let organization = EnsureOrganization {
            slug: "acme".to_owned(),
            name: "Acme".to_owned(),
            timezone: "Asia/Kolkata".to_owned(),
            region: "IN".to_owned(),
        };
        let org = engine.run(&By::system(OrgId(0)), organization).await.expect("an organisation").org;
        let by = By::system(org);
        let user = CreateUser {
            email: "meera@example.com".to_owned(),
            name: "Meera".to_owned(),
            role: Role::Admin,
            password_hash: None,
        };
        let user = engine.run(&by, user).await.expect("a user");
        Self { engine, clock, by, user, _folder: folder }
    }

    fn pass(&self, seconds: i64) {
        self.clock.fetch_add(seconds * Micros::SECOND, Ordering::SeqCst);
    }

    async fn link(&self, purpose: Purpose) -> String {
        self.engine.run(&self.by, CreateLink { user: self.user.id, purpose }).await.expect("a link")
    }
}

#[tokio::test]
async fn a_link_works_for_a_quarter_of_an_hour_and_for_its_purpose_alone() {
    let g = Ground::new().await;
    let (sign_in, reset) = (g.link(Purpose::SignIn).await, g.link(Purpose::Reset).await);
    let works = async |purpose, secret: &str| g.engine.link_works(purpose, secret).await.expect("an answer");
    assert!(!works(Purpose::Reset, &sign_in).await && !works(Purpose::SignIn, &reset).await);
    g.pass(WORKS - 1);
    assert!(works(Purpose::SignIn, &sign_in).await && works(Purpose::Reset, &reset).await);
    g.pass(1);
    assert!(!works(Purpose::SignIn, &sign_in).await);
    let late = g.engine.sign_in_by_link(&sign_in, Client::default(), None).await;
    assert!(matches!(late, Err(Failure::Refused(Refusal::LinkSpent))));
    let late = g.engine.reset_password(&reset, "correct horse".to_owned()).await;
    assert!(matches!(late, Err(Failure::Refused(Refusal::LinkSpent))));
}

#[tokio::test]
async fn a_session_ends_when_it_is_not_used_and_after_a_week_in_any_case() {
    let g = Ground::new().await;
    let link = g.link(Purpose::SignIn).await;
    let opened = g.engine.sign_in_by_link(&link, Client::default(), None).await.expect("a session");
    let hash = secret_hash(&opened.secret);
    let lives = async || g.engine.caller_by_session(&hash).await.expect("an answer").is_some();
    let mut age = 0;
    while age + IDLE < LONGEST {
        g.pass(IDLE - 1);
        age += IDLE - 1;
        assert!(lives().await, "after {age} seconds");
        g.engine.run(&g.by, TouchSession(opened.session.id)).await.expect("touched");
    }
    g.pass(LONGEST - age);
    assert!(!lives().await, "a week is over");
    let link = g.link(Purpose::SignIn).await;
    let opened = g.engine.sign_in_by_link(&link, Client::default(), None).await.expect("a session");
    let hash = secret_hash(&opened.secret);
    g.pass(IDLE);
    assert!(
        g.engine.caller_by_session(&hash).await.expect("an answer").is_none(),
        "not used for twelve hours"
    );
}

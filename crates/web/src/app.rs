//! What every request shares.

use crate::auth::Tokens;
use crate::keyed::Running;
use crate::live::{Hub, LiveOptions};
use crate::metrics::Metrics;
use engine::access::session::TouchSession;
use engine::user::TouchToken;
use engine::{By, Engine};
use std::sync::{Arc, Mutex};
use store::user::Credential;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// How the server behaves.
#[derive(Debug, Clone)]
pub struct AppOptions {
    /// Connections at one time; more wait in the system's queue.
    pub max_connections: usize,
    /// The largest upload in bytes.
    pub max_upload: u64,
    /// How sockets are kept.
    pub live: LiveOptions,
    /// Where people find the server: `https://leads.example.com`. Empty: on the address it listens on.
    pub public_url: String,
    /// A proxy in front tells the client's address in `X-Forwarded-For`.
    pub behind_proxy: bool,
    /// Mails are written to the log: no mail server is set up.
    pub mail_is_logged: bool,
}

impl Default for AppOptions {
    fn default() -> Self {
        Self {
            max_connections: 16_384,
            max_upload: 4 << 30,
            live: LiveOptions::default(),
            public_url: String::new(),
            behind_proxy: false,
            mail_is_logged: false,
        }
    }
}

impl AppOptions {
    /// People come over TLS: cookies are for TLS alone.
    pub(crate) fn on_tls(&self) -> bool {
        self.public_url.starts_with("https://")
    }

    /// Whether an `Origin` is the public address.
    pub(crate) fn is_own(&self, origin: &str) -> bool {
        !self.public_url.is_empty() && self.public_url.trim_end_matches('/').eq_ignore_ascii_case(origin)
    }
}

/// The server's state. Cheap to clone.
#[derive(Clone)]
pub struct App {
    inner: Arc<Inner>,
}

struct Inner {
    engine: Engine,
    options: AppOptions,
    tokens: Tokens,
    metrics: Metrics,
    running: Running,
    hub: Hub,
    places: Arc<Semaphore>,
    tasks: Mutex<JoinSet<()>>,
}

impl App {
    /// Around a running engine.
    pub fn new(engine: Engine, options: AppOptions) -> Self {
        let tokens = Tokens::new(engine.live());
        let inner = Inner {
            engine,
            hub: Hub::new(options.live),
            places: Arc::new(Semaphore::new(options.max_connections)),
            options,
            tokens,
            metrics: Metrics::default(),
            running: Running::default(),
            tasks: Mutex::new(JoinSet::new()),
        };
        Self { inner: Arc::new(inner) }
    }

    /// The engine.
    pub fn engine(&self) -> &Engine {
        &self.inner.engine
    }

    pub(crate) fn reader(&self) -> &store::Reader {
        self.inner.engine.reader()
    }

    pub(crate) fn options(&self) -> &AppOptions {
        &self.inner.options
    }

    pub(crate) fn tokens(&self) -> &Tokens {
        &self.inner.tokens
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.inner.metrics
    }

    pub(crate) fn running(&self) -> &Running {
        &self.inner.running
    }

    /// Every socket.
    pub(crate) fn hub(&self) -> &Hub {
        &self.inner.hub
    }

    /// Places for connections; a socket has one, too.
    pub(crate) fn places(&self) -> &Arc<Semaphore> {
        &self.inner.places
    }

    /// Works on after the answer; given up when the server stops.
    pub(crate) fn background(&self, work: impl Future<Output = ()> + Send + 'static) {
        if let Ok(mut tasks) = self.inner.tasks.lock() {
            while tasks.try_join_next().is_some() {}
            tasks.spawn(work);
        }
    }

    /// Gives up what works in the background: imports are resumed at the next start.
    pub(crate) async fn stop_background(&self) {
        let tasks = self.inner.tasks.lock().map(|mut tasks| std::mem::take(&mut *tasks));
        if let Ok(mut tasks) = tasks {
            tasks.shutdown().await;
        }
    }

    /// Begins to work a registered import off.
    pub(crate) fn work_import(&self, import: store::import::Import) {
        let engine = self.engine().clone();
        self.background(async move {
            let id = import.id;
            let ticket = engine::import::ImportTicket { import };
            if let Err(error) = engine.work_import(ticket, |_| {}).await {
                tracing::warn!(%error, import = %id, "the import was interrupted and will be resumed");
            }
        });
    }

    /// Remembers that a token or session was used, in the background.
    pub(crate) fn touch(&self, by: By, credential: Credential) {
        let engine = self.engine().clone();
        self.background(async move {
            let touched = match credential {
                Credential::Token(token) => engine.run(&by, TouchToken(token)).await,
                Credential::Session(session) => engine.run(&by, TouchSession(session)).await,
            };
            if let Err(error) = touched {
                tracing::debug!(%error, "the use of a token or session could not be recorded");
            }
        });
    }
}

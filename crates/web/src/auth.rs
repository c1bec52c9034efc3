//! Bearer tokens and session cookies: who calls. A caller is remembered for a second at most, and forgotten the moment
//! rights change. A request with an `Authorization` is judged by that alone; its cookies are not looked at.

use crate::app::App;
use crate::cookie;
use crate::problem::Problem;
use axum::http::{HeaderMap, header};
use engine::user::secret_hash;
use engine::{By, Effects, Failure, Live};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use store::user::{Caller, Credential};
use tokio::sync::broadcast::{Receiver, error::TryRecvError};

/// How long a caller is remembered.
const REMEMBERED: Duration = Duration::from_secs(1);
/// From this age on one request asks the database again while the others go on.
const RENEWED: Duration = Duration::from_millis(500);
/// More callers than this are forgotten all together.
const MOST: usize = 10_000;
/// How often the use of a token or session is recorded, in seconds.
const TOUCHED_EVERY: i64 = 60;

/// What was shown, by the hash of its secret: one kind is not taken for the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Shown {
    Token([u8; 32]),
    Session([u8; 32]),
}

/// The callers seen lately.
pub(crate) struct Tokens {
    memory: Mutex<Memory>,
}

struct Memory {
    callers: HashMap<Shown, Known>,
    touched: HashMap<Credential, i64>,
    /// Counts how often everything was forgotten: what was read before that is not remembered after it.
    generation: u64,
    live: Receiver<Arc<Effects>>,
}

struct Known {
    caller: Arc<Caller>,
    since: Instant,
    renewing: bool,
}

enum Found {
    Caller(Arc<Caller>),
    /// To be read; what is remembered must be of this generation.
    Unknown(u64),
}

impl Tokens {
    pub(crate) fn new(live: &Live) -> Self {
        let memory = Memory {
            callers: HashMap::new(),
            touched: HashMap::new(),
            generation: 0,
            live: live.subscribe(),
        };
        Self { memory: Mutex::new(memory) }
    }

    /// Who calls.
    pub(crate) async fn caller(&self, app: &App, headers: &HeaderMap) -> Result<Arc<Caller>, Problem> {
        let shown = shown(app, headers)?;
        let generation = match self.lookup(shown)? {
            Found::Caller(caller) => return Ok(caller),
            Found::Unknown(generation) => generation,
        };
        let (caller, otherwise) = match shown {
            Shown::Token(hash) => (
                app.engine().caller(&hash).await?,
                "the token is not known, was revoked, or its user is deactivated",
            ),
            Shown::Session(hash) => {
                (app.engine().caller_by_session(&hash).await?, "your session is over: sign in again")
            }
        };
        let caller = caller.ok_or_else(|| Problem::unauthorized(otherwise))?;
        let caller = Arc::new(caller);
        if self.remember(shown, &caller, generation, app.engine().now().0)? {
            let by = By { actor: caller.user.to_string(), ..By::system(caller.org) };
            app.touch(by, caller.credential);
        }
        Ok(caller)
    }

    /// The hash of the secret a request shows, whether it is known or not.
    pub(crate) fn shown(&self, app: &App, headers: &HeaderMap) -> Result<[u8; 32], Problem> {
        Ok(match shown(app, headers)? {
            Shown::Token(hash) | Shown::Session(hash) => hash,
        })
    }

    /// Who is behind the hash of a token's or a session's secret, asked of the database now.
    pub(crate) async fn behind(&self, app: &App, hash: &[u8; 32]) -> Result<Option<Caller>, Failure> {
        match app.engine().caller(hash).await? {
            Some(caller) => Ok(Some(caller)),
            None => app.engine().caller_by_session(hash).await,
        }
    }

    fn lookup(&self, shown: Shown) -> Result<Found, Problem> {
        let mut memory = self.memory()?;
        memory.hear();
        let generation = memory.generation;
        let Some(known) = memory.callers.get_mut(&shown) else { return Ok(Found::Unknown(generation)) };
        let age = known.since.elapsed();
        if age >= REMEMBERED || (age >= RENEWED && !known.renewing) {
            known.renewing = true;
            return Ok(Found::Unknown(generation));
        }
        Ok(Found::Caller(known.caller.clone()))
    }

    /// Keeps a caller; whether its use is to be recorded.
    fn remember(
        &self,
        shown: Shown,
        caller: &Arc<Caller>,
        generation: u64,
        now: i64,
    ) -> Result<bool, Problem> {
        let mut memory = self.memory()?;
        memory.hear();
        if memory.generation == generation {
            if memory.callers.len() >= MOST {
                memory.callers.clear();
            }
            let known = Known { caller: caller.clone(), since: Instant::now(), renewing: false };
            memory.callers.insert(shown, known);
        }
        if memory.touched.len() >= MOST {
            memory.touched.clear();
        }
        let last = memory.touched.get(&caller.credential).copied().or(caller.last_used_at);
        let due = last.is_none_or(|last| now - last >= TOUCHED_EVERY * model::Micros::SECOND);
        if due {
            memory.touched.insert(caller.credential, now);
        }
        Ok(due)
    }

    fn memory(&self) -> Result<std::sync::MutexGuard<'_, Memory>, Problem> {
        self.memory.lock().map_err(|_| Problem::internal("the memory of callers is poisoned"))
    }
}

impl Memory {
    /// Takes note of what was committed: the engine tells before it answers, so a revoked token is refused from its
    /// revocation's answer on.
    fn hear(&mut self) {
        loop {
            match self.live.try_recv() {
                Ok(effects) if effects.access_changed => self.forget(),
                Ok(_) => {}
                Err(TryRecvError::Lagged(_)) => self.forget(),
                Err(TryRecvError::Empty | TryRecvError::Closed) => return,
            }
        }
    }

    fn forget(&mut self) {
        self.callers.clear();
        self.generation += 1;
    }
}

fn shown(app: &App, headers: &HeaderMap) -> Result<Shown, Problem> {
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        let secret = cookie::secret(headers, app.options());
        let secret =
            secret.ok_or_else(|| Problem::unauthorized("sign in, or send Authorization: Bearer TOKEN"))?;
        return Ok(Shown::Session(secret_hash(secret)));
    };
    let token = value.to_str().ok().and_then(|text| {
        let (scheme, token) = text.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    let token = token.filter(|token| !token.is_empty());
    token
        .map(|token| Shown::Token(secret_hash(token)))
        .ok_or_else(|| Problem::unauthorized("send Authorization: Bearer TOKEN"))
}

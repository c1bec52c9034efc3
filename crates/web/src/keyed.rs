//! One effect and one answer for an `Idempotency-Key`, for a command and for work of several commands.

use crate::answer::{self, Answer};
use crate::app::App;
use crate::problem::Problem;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use engine::{Batch, By, Command, IdempotencyKey, Refusal, Render, Reply, Stop};
use std::collections::HashSet;
use std::sync::Mutex;

/// Runs a command, under the key if there is one, and answers as `render` writes it.
pub(crate) async fn run<C: Command>(
    app: &App,
    by: &By,
    command: C,
    key: Option<IdempotencyKey>,
    render: Render<C::Output>,
) -> Answer {
    respond(app.engine().run_keyed(by, command, key, render).await?, render)
}

/// Writes the answer to a command.
pub(crate) fn respond<T>(reply: Reply<T>, render: Render<T>) -> Answer {
    match reply {
        Reply::Fresh(output) => {
            let (status, body) = render(&Ok(output));
            Ok(answer::text(status_of(status), body))
        }
        Reply::Stored { status, body, replayed } => Ok(stored(status, body, replayed)),
    }
}

fn status_of(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn stored(status: u16, body: String, replayed: bool) -> Response {
    let mut response = answer::text(status_of(status), body);
    if replayed {
        let header = HeaderName::from_static("idempotency-replayed");
        response.headers_mut().insert(header, HeaderValue::from_static("true"));
    }
    response
}

/// Keys whose work of several commands is going on in this process.
#[derive(Default)]
pub(crate) struct Running {
    keys: Mutex<HashSet<(model::OrgId, String)>>,
}

/// Lets others in again when it goes.
struct Turn<'a> {
    running: &'a Running,
    key: (model::OrgId, String),
}

impl Running {
    fn enter(&self, by: &By, key: &IdempotencyKey) -> Result<Turn<'_>, Problem> {
        let key = (by.org, key.key.clone());
        let free = self.keys.lock().is_ok_and(|mut keys| keys.insert(key.clone()));
        if free {
            return Ok(Turn { running: self, key });
        }
        let detail = "a request with this Idempotency-Key is still running";
        Err(Problem::new(StatusCode::CONFLICT, "idempotency_key_running", detail))
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if let Ok(mut keys) = self.running.keys.lock() {
            keys.remove(&self.key);
        }
    }
}

/// Runs work that consists of several commands, each harmless when repeated. The answer is stored behind the work:
/// cut off in between, the same request does what is left and answers.
pub(crate) async fn work(
    app: &App,
    by: &By,
    key: Option<IdempotencyKey>,
    work: impl Future<Output = Result<(StatusCode, String), Problem>>,
) -> Answer {
    let Some(key) = key else {
        let (status, body) = work.await?;
        return Ok(answer::text(status, body));
    };
    let _turn = app.running().enter(by, &key)?;
    if let Some(earlier) = earlier(app, by, &key).await? {
        return Ok(earlier);
    }
    let (status, body) = match work.await {
        Ok((status, body)) => (status.as_u16(), body),
        Err(problem) => match problem.status.as_u16() {
            // Not decided: the next try may go another way.
            400 | 401 | 403 | 408 | 429 | 500.. => return Err(problem),
            status => (status, problem.json()),
        },
    };
    let keep = Keep { status, body };
    respond(app.engine().run_keyed(by, keep, Some(key), rendered).await?, rendered)
}

/// The answer given under a key before.
pub(crate) async fn earlier(app: &App, by: &By, key: &IdempotencyKey) -> Result<Option<Response>, Problem> {
    let since = app.engine().now().plus_seconds(-store::idempotency::KEPT_SECONDS).0;
    let Some(answer) = store::idempotency::answer_fetch(app.reader(), by.org, &key.key, since).await? else {
        return Ok(None);
    };
    if answer.request_hash != key.request_hash {
        return Err(Refusal::KeyReused.into());
    }
    Ok(Some(stored(answer.status as u16, answer.answer, true)))
}

/// Stores an answer.
struct Keep {
    status: u16,
    body: String,
}

impl Command for Keep {
    type Output = (u16, String);

    async fn run(&mut self, _by: &By, _batch: &mut Batch<'_>) -> Result<Self::Output, Stop> {
        Ok((self.status, self.body.clone()))
    }
}

fn rendered(outcome: &Result<(u16, String), Refusal>) -> (u16, String) {
    match outcome {
        Ok(answer) => answer.clone(),
        Err(refusal) => {
            let problem = Problem::from(refusal.clone());
            (problem.status.as_u16(), problem.json())
        }
    }
}

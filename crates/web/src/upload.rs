//! Uploads: a multipart file or a raw body, streamed to the engine's spool; never held in memory.

use crate::app::App;
use crate::body::next;
use crate::problem::Problem;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, StatusCode, header};
use engine::By;
use engine::import::{SpoolWriter, Spooled};
use futures_util::{Stream, stream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// How long an upload may stand still.
const PATIENCE: Duration = Duration::from_secs(60);
/// How much of a multipart body may be read without coming to the file.
const MOST_AROUND: usize = 1 << 20;

/// An upload that is on disk.
pub(crate) struct Upload {
    pub(crate) spooled: Spooled,
    pub(crate) name: String,
}

/// Takes an upload.
pub(crate) async fn take(
    app: &App,
    by: &By,
    headers: &HeaderMap,
    body: Body,
    name: &str,
) -> Result<Upload, Problem> {
    let most = app.options().max_upload;
    let length = headers.get(header::CONTENT_LENGTH).and_then(|l| l.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > most) {
        return Err(too_large(most));
    }
    let kind = headers.get(header::CONTENT_TYPE).and_then(|k| k.to_str().ok()).unwrap_or_default();
    let multipart = kind.get(..10).is_some_and(|k| k.eq_ignore_ascii_case("multipart/"));
    if !multipart {
        let mut spool = app.engine().spool(by).await?;
        raw(body, &mut spool, most).await?;
        return Ok(Upload { spooled: spool.finish().await?, name: file_name(name) });
    }
    let boundary = multer::parse_boundary(kind).map_err(|_| {
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        Problem::new(
            status,
            "unsupported_media_type",
            "send multipart/form-data with a boundary, or the file itself",
        )
    })?;
    form(app, by, body, boundary, name, most).await
}

fn too_large(most: u64) -> Problem {
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", format!("an upload has at most {most} bytes"))
}

async fn raw(mut body: Body, spool: &mut SpoolWriter, most: u64) -> Result<(), Problem> {
    while let Some(piece) = next(&mut body, PATIENCE).await? {
        keep(spool, &piece, most).await?;
    }
    Ok(())
}

async fn keep(spool: &mut SpoolWriter, piece: &[u8], most: u64) -> Result<(), Problem> {
    if spool.bytes() + piece.len() as u64 > most {
        return Err(too_large(most));
    }
    Ok(spool.write(piece).await?)
}

async fn form(
    app: &App,
    by: &By,
    body: Body,
    boundary: String,
    name: &str,
    most: u64,
) -> Result<Upload, Problem> {
    let around = Arc::new(AtomicUsize::new(0));
    let mut parts = multer::Multipart::new(pieces(body, around.clone()), boundary);
    while let Some(mut part) = parts.next_field().await.map_err(broken)? {
        if part.name() != Some("file") && part.file_name().is_none() {
            continue;
        }
        let name = part.file_name().map_or(name, |given| if given.is_empty() { name } else { given });
        let name = file_name(name);
        let mut spool = app.engine().spool(by).await?;
        while let Some(piece) = part.chunk().await.map_err(broken)? {
            around.store(0, Ordering::Relaxed);
            keep(&mut spool, &piece, most).await?;
        }
        return Ok(Upload { spooled: spool.finish().await?, name });
    }
    Err(Problem::field("file", "the form has no part called file"))
}

/// The body as the form's parser reads it; it may not read on and on without coming to a file.
fn pieces(body: Body, around: Arc<AtomicUsize>) -> impl Stream<Item = Result<Bytes, Cut>> + Send {
    stream::try_unfold((body, around), |(mut body, around)| async move {
        let Some(piece) = next(&mut body, PATIENCE).await.map_err(Cut)? else { return Ok(None) };
        if around.fetch_add(piece.len(), Ordering::Relaxed) > MOST_AROUND {
            let detail = format!("more than {MOST_AROUND} bytes around the file");
            return Err(Cut(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail)));
        }
        Ok(Some((piece, (body, around))))
    })
}

/// A problem on its way through the form's parser.
#[derive(Debug)]
struct Cut(Problem);

impl std::fmt::Display for Cut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.code)
    }
}

impl std::error::Error for Cut {}

fn broken(error: multer::Error) -> Problem {
    let malformed =
        || Problem::new(StatusCode::BAD_REQUEST, "malformed_form", "the multipart form cannot be read");
    match error {
        multer::Error::StreamReadFailed(cause) => {
            cause.downcast::<Cut>().map_or_else(|_| malformed(), |cut| cut.0)
        }
        _ => malformed(),
    }
}

/// The last part of a path, printable, of bearable length.
fn file_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = last.chars().filter(|c| !c.is_control()).take(200).collect();
    if clean.is_empty() { "upload".to_owned() } else { clean }
}

//! CSV answers: streamed page by page, safe to open in a spreadsheet.

use crate::answer::Answer;
use crate::problem::Problem;
use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use engine::intake::export::formula_safe;
use futures_util::stream;

/// Rows a page.
pub(crate) const PAGE: i64 = 500;

/// Adds a line of cells.
pub(crate) fn line<'a>(text: &mut String, cells: impl IntoIterator<Item = &'a str>) {
    for (index, cell) in cells.into_iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        let cell = formula_safe(cell);
        if cell.contains(['"', ',', '\n', '\r']) {
            text.push('"');
            text.push_str(&cell.replace('"', "\"\""));
            text.push('"');
        } else {
            text.push_str(&cell);
        }
    }
    text.push_str("\r\n");
}

/// Streams a file: `page` writes the lines behind a place and says the next place. The first page is read before the
/// answer begins; a later failure cuts the answer off, which every client notices.
pub(crate) async fn stream<P, F, Fut>(name: &str, headers: &[&str], first: P, page: F) -> Answer
where
    P: Send + 'static,
    F: Fn(P) -> Fut + Send + 'static,
    Fut: Future<Output = Result<(String, Option<P>), Problem>> + Send,
{
    let mut head = String::new();
    line(&mut head, headers.iter().copied());
    let (lines, next) = page(first).await?;
    head.push_str(&lines);
    let rest = stream::try_unfold((next, page), |(next, page)| async move {
        let Some(place) = next else { return Ok(None) };
        let cut = |problem: Problem| std::io::Error::other(problem.code);
        let (lines, next) = page(place).await.map_err(cut)?;
        Ok::<_, std::io::Error>(Some((Bytes::from(lines), (next, page))))
    });
    let whole = futures_util::StreamExt::chain(stream::once(async { Ok(Bytes::from(head)) }), rest);
    let mut response = Response::new(Body::from_stream(whole));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    let disposition = format!("attachment; filename=\"{name}.csv\"");
    if let Ok(value) = HeaderValue::from_str(&disposition) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(response)
}

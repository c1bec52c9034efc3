//! Lists in pages: how many, from where on, and the opaque cursor of the next page.

use crate::problem::Problem;
use serde::Serialize;

/// Without `limit`.
const USUAL: i64 = 50;
/// The largest `limit`.
const MOST: i64 = 500;

/// A page of a list.
#[derive(Debug, Serialize)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) next_cursor: Option<String>,
}

/// How many items a page has.
pub(crate) fn limit(limit: Option<i64>) -> Result<i64, Problem> {
    match limit {
        None => Ok(USUAL),
        Some(limit) if (1..=MOST).contains(&limit) => Ok(limit),
        Some(_) => Err(Problem::field("limit", format!("must be from 1 to {MOST}"))),
    }
}

/// Makes a page out of at most `limit + 1` rows: the one too many says that there is a next page.
pub(crate) fn page<R, T>(
    mut rows: Vec<R>,
    limit: i64,
    place: impl Fn(&R) -> String,
    item: impl FnMut(R) -> T,
) -> Page<T> {
    let more = rows.len() as i64 > limit;
    rows.truncate(limit as usize);
    let next_cursor = rows.last().filter(|_| more).map(place);
    Page { items: rows.into_iter().map(item).collect(), next_cursor }
}

/// Numbers as an opaque cursor.
pub(crate) fn cursor(numbers: &[i64]) -> String {
    let bytes: Vec<u8> = numbers.iter().flat_map(|n| n.to_be_bytes()).collect();
    hex::encode(bytes)
}

/// The numbers in a cursor.
pub(crate) fn numbers<const N: usize>(cursor: Option<&str>) -> Result<Option<[i64; N]>, Problem> {
    let Some(cursor) = cursor else { return Ok(None) };
    let bytes = hex::decode(cursor).ok().filter(|bytes| bytes.len() == N * 8);
    let bytes = bytes.ok_or_else(bad_cursor)?;
    let mut numbers = [0; N];
    for (number, eight) in numbers.iter_mut().zip(bytes.chunks_exact(8)) {
        *number = eight.iter().fold(0, |n, byte| (n << 8) | i64::from(*byte));
    }
    Ok(Some(numbers))
}

/// The id in a cursor.
pub(crate) fn id(cursor: Option<&str>) -> Result<Option<uuid::Uuid>, Problem> {
    cursor.map(|c| uuid::Uuid::try_parse(c).map_err(|_| bad_cursor())).transpose()
}

fn bad_cursor() -> Problem {
    Problem::field("cursor", "is not one of ours")
}

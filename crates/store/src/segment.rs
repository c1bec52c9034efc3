//! Segments of the lead index: the terms of a run of leads, in pages; written once, replaced as a whole.
//!
//! Terms would come in random order, one row each, seven a lead: that is what an ordinary index costs. A segment is
//! built beside the writer, sorted, packed, and stored as some hundred rows at the table's end.

use crate::lead::ints;
use crate::lead_list::set::LeadSet;
use crate::open::Query;
use crate::term::{Asked, INDEXED, Indexed, Range, terms};
use crate::tx::{Engine, Tx, lite_insert, pg_bytes, pg_insert};
use crate::{Error, Result, vals};
use model::OrgId;
use serde::Serialize;
use std::collections::BTreeMap;

/// Leads that one segment holds at most.
pub const SEGMENT: i64 = 32_768;
/// A page is full at so many bytes.
const PAGE: usize = 8_192;
/// Pages of one segment have numbers below this.
const PAGES: i64 = 65_536;
/// Leads that are read together.
const READ: i64 = 2_048;

/// A stored segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Its number; never used again.
    pub segment_no: i64,
    /// The first lead it may hold.
    pub first_no: i64,
    /// The last one.
    pub last_no: i64,
    /// How many leads it holds.
    pub leads: i64,
    directory: Vec<Vec<u8>>,
}

/// A segment that has been built and is not stored yet.
#[derive(Debug, Clone)]
pub struct Built {
    /// The first lead it may hold.
    pub first_no: i64,
    /// The last one.
    pub last_no: i64,
    /// How many leads it holds.
    pub leads: i64,
    /// Marks that were there before the leads were read, and are settled with it.
    pub stale: Vec<(i64, i64)>,
    pages: Vec<Vec<u8>>,
    directory: Vec<u8>,
}

/// The segments of an organisation, by the leads they hold.
pub async fn segment_list(db: &impl Query, org: OrgId) -> Result<Vec<Segment>> {
    let sql = "SELECT segment_no, first_no, last_no, leads, directory FROM lead_segment WHERE org_id = $1 ORDER BY first_no";
    let mut segments = Vec::new();
    for row in db.rows(sql, vals![org.0]).await? {
        let directory: Vec<u8> = row.get(4)?;
        let mut bytes = &directory[..];
        let mut firsts = Vec::new();
        while !bytes.is_empty() {
            let length = take_number(&mut bytes)? as usize;
            firsts.push(take(&mut bytes, length)?.to_vec());
        }
        segments.push(Segment {
            segment_no: row.get(0)?,
            first_no: row.get(1)?,
            last_no: row.get(2)?,
            leads: row.get(3)?,
            directory: firsts,
        });
    }
    Ok(segments)
}

/// The last lead number there is; 0: none.
pub async fn last_lead(db: &impl Query, org: OrgId) -> Result<i64> {
    let sql = "SELECT lead_no FROM lead WHERE org_id = $1 ORDER BY lead_no DESC LIMIT 1";
    db.first(sql, vals![org.0]).await?.map_or(Ok(0), |row| row.get(0))
}

/// Marked leads up to `last_no` with their counts of changes, by number; at most `limit`.
pub async fn stale_list(db: &impl Query, org: OrgId, last_no: i64, limit: i64) -> Result<Vec<(i64, i64)>> {
    let sql =
        "SELECT lead_no, n FROM lead_stale WHERE org_id = $1 AND lead_no <= $2 ORDER BY lead_no LIMIT $3";
    let rows = db.rows(sql, vals![org.0, last_no, limit]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// Marks a lead whose terms may change in this transaction.
pub(crate) async fn stale_mark(tx: &Tx<'_>, org_id: i64, lead_no: i64) -> Result<()> {
    let sql = "INSERT INTO lead_stale (org_id, lead_no, n) VALUES ($1, $2, 1) \
        ON CONFLICT (org_id, lead_no) DO UPDATE SET n = lead_stale.n + 1";
    tx.execute(sql, vals![org_id, lead_no]).await.map(|_| ())
}

/// Reads leads from `first_no` to `last_no` and packs their terms.
pub async fn segment_build(db: &impl Query, org: OrgId, first_no: i64, last_no: i64) -> Result<Built> {
    // Read before the leads: whatever is marked here is in them.
    let marks = stale_list(db, org, last_no, i64::MAX).await?;
    let stale = marks.into_iter().filter(|(lead_no, _)| *lead_no >= first_no).collect();
    let (leads, mut gathered) = gather(db, org, first_no, last_no).await?;
    let (mut pages, mut directory, mut page) = (Vec::new(), Vec::new(), Vec::new());
    gathered.each(|term, places| {
        if page.is_empty() {
            put_number(&mut directory, term.len() as u64);
            directory.extend_from_slice(term);
        }
        put_number(&mut page, term.len() as u64);
        page.extend_from_slice(term);
        let packed = pack(places);
        put_number(&mut page, packed.len() as u64);
        page.extend_from_slice(&packed);
        if page.len() >= PAGE {
            // As large as it is, not as it grew.
            pages.push(page.as_slice().to_vec());
            page.clear();
        }
    });
    if !page.is_empty() {
        pages.push(page);
    }
    Ok(Built { first_no, last_no, leads, stale, pages, directory })
}

/// Terms with the leads that have them, in no order: one text and twelve bytes each, however many differ.
#[derive(Default)]
struct Gathered {
    text: Vec<u8>,
    found: Vec<Found>,
}

/// That a lead has a term.
#[derive(Clone, Copy)]
struct Found {
    start: u32,
    length: u32,
    place: u32,
}

impl Gathered {
    fn add(&mut self, term: &[u8], place: u32) {
        self.found.push(Found { start: self.text.len() as u32, length: term.len() as u32, place });
        self.text.extend_from_slice(term);
    }

    /// Every term in order, with the places of its leads, rising, each once.
    fn each(&mut self, mut told: impl FnMut(&[u8], &[u32])) {
        let text = &self.text;
        let term = |found: &Found| &text[found.start as usize..][..found.length as usize];
        self.found.sort_unstable_by(|a, b| term(a).cmp(term(b)).then(a.place.cmp(&b.place)));
        let mut places = Vec::new();
        for same in self.found.chunk_by(|a, b| term(a) == term(b)) {
            places.clear();
            places.extend(same.iter().map(|found| found.place));
            places.dedup();
            told(term(&same[0]), &places);
        }
    }
}

async fn gather(db: &impl Query, org: OrgId, first_no: i64, last_no: i64) -> Result<(i64, Gathered)> {
    let mut gathered = Gathered::default();
    let (mut leads, mut from) = (0, first_no);
    while from <= last_no {
        let to = last_no.min(from + READ - 1);
        let sql = format!(
            "SELECT {} FROM lead WHERE org_id = $1 AND lead_no BETWEEN $2 AND $3",
            db.dialect().json_rows(&INDEXED)
        );
        let text: String =
            db.first(&sql, vals![org.0, from, to]).await?.map_or(Ok(String::new()), |r| r.get(0))?;
        let rows: Vec<Indexed> = serde_json::from_str(&text).map_err(|e| Error::Corrupt(e.to_string()))?;
        leads += rows.len() as i64;
        for row in &rows {
            let place = (row.0 - first_no) as u32;
            terms(row, |term| gathered.add(term, place));
        }
        from = to + 1;
    }
    Ok((leads, gathered))
}

#[derive(Serialize)]
struct PageRow<'a> {
    org_id: i64,
    page: i64,
    #[serde(serialize_with = "as_bytes")]
    terms: &'a [u8],
}

fn as_bytes<S: serde::Serializer>(bytes: &&[u8], s: S) -> Result<S::Ok, S::Error> {
    pg_bytes(bytes, s)
}

/// Stores a built segment in place of those that lie within it. [`Error::Conflict`] if another one overlaps it.
pub async fn segment_put(tx: &Tx<'_>, org: OrgId, built: &Built) -> Result<()> {
    let known = segment_list(tx, org).await?;
    let within = |s: &Segment| s.first_no >= built.first_no && s.last_no <= built.last_no;
    if known.iter().any(|s| !within(s) && s.first_no <= built.last_no && s.last_no >= built.first_no) {
        return Err(Error::Conflict("another segment holds some of these leads".to_owned()));
    }
    let last = tx
        .first("SELECT max(segment_no) FROM lead_segment WHERE org_id = $1", vals![org.0])
        .await?
        .map_or(Ok(None), |row| row.get::<Option<i64>>(0))?;
    let segment_no = last.unwrap_or(0) + 1;
    let first_page = segment_no * PAGES;
    let pages: Vec<(i64, &[u8])> = (first_page..).zip(built.pages.iter().map(Vec::as_slice)).collect();
    match tx.engine() {
        Engine::Lite(db) => {
            let head = "INSERT OR FAIL INTO lead_segment_page (org_id, page, terms)";
            lite_insert(db, [head, "(?, ?, ?)", ""], &pages, |b, (page, terms)| {
                b.bind(org.0)?;
                b.bind(page)?;
                b.bind(terms)
            })?;
        }
        Engine::Pg(db) => {
            let rows: Vec<PageRow<'_>> =
                pages.iter().map(|(page, terms)| PageRow { org_id: org.0, page: *page, terms }).collect();
            pg_insert(db, "lead_segment_page", "org_id, page, terms", &rows, "").await?;
        }
    }
    let sql = "INSERT INTO lead_segment (org_id, segment_no, first_no, last_no, leads, directory) \
        VALUES ($1, $2, $3, $4, $5, $6)";
    let directory = built.directory.clone();
    tx.execute(sql, vals![org.0, segment_no, built.first_no, built.last_no, built.leads, directory]).await?;
    for old in known.iter().filter(|s| within(s)) {
        tx.execute(
            "DELETE FROM lead_segment WHERE org_id = $1 AND segment_no = $2",
            vals![org.0, old.segment_no],
        )
        .await?;
        let from = old.segment_no * PAGES;
        let sql = "DELETE FROM lead_segment_page WHERE org_id = $1 AND page >= $2 AND page < $3";
        tx.execute(sql, vals![org.0, from, from + PAGES]).await?;
    }
    for (lead_no, n) in &built.stale {
        let sql = "DELETE FROM lead_stale WHERE org_id = $1 AND lead_no = $2 AND n = $3";
        tx.execute(sql, vals![org.0, *lead_no, *n]).await?;
    }
    Ok(())
}

/// The leads the index knows for what is asked, and up to which number it knows all.
#[derive(Debug)]
pub(crate) struct Looked {
    pub(crate) set: LeadSet,
    pub(crate) indexed_to: i64,
}

/// Looks up what is asked. Segments may be replaced between two reads: then all is read anew.
pub(crate) async fn look_up(db: &impl Query, org: OrgId, asked: &Asked) -> Result<Looked> {
    for _ in 0..5 {
        let segments = segment_list(db, org).await?;
        let ranges: Vec<&Range> = asked.all.iter().chain(asked.any.iter().flatten()).collect();
        let mut wanted: Vec<i64> = Vec::new();
        for segment in &segments {
            let page = |place: usize| segment.segment_no * PAGES + place as i64;
            wanted.extend(ranges.iter().flat_map(|range| segment.pages(range)).map(page));
        }
        wanted.sort_unstable();
        wanted.dedup();
        let sql = format!(
            "SELECT page, terms FROM lead_segment_page WHERE org_id = $1 AND page IN {}",
            db.dialect().ints("$2")
        );
        let mut pages: BTreeMap<i64, Vec<u8>> = BTreeMap::new();
        if !wanted.is_empty() {
            for row in db.rows(&sql, vals![org.0, ints(&wanted)]).await? {
                pages.insert(row.get(0)?, row.get(1)?);
            }
        }
        if pages.len() == wanted.len() {
            return combined(asked, &segments, &pages);
        }
    }
    Err(Error::Busy("the lead index is being rewritten".to_owned()))
}

fn combined(asked: &Asked, segments: &[Segment], pages: &BTreeMap<i64, Vec<u8>>) -> Result<Looked> {
    let one = |range: &Range| -> Result<LeadSet> {
        let mut set = LeadSet::default();
        for segment in segments {
            for place in segment.pages(range) {
                let page = pages.get(&(segment.segment_no * PAGES + place as i64));
                read_page(page.map_or(&[][..], Vec::as_slice), range, |places| {
                    unpack(places, |place| set.insert(segment.first_no + i64::from(place)))
                })?;
            }
        }
        Ok(set)
    };
    let mut found: Option<LeadSet> = None;
    let mut and = |set: LeadSet| match &mut found {
        Some(found) => found.keep(&set),
        none => *none = Some(set),
    };
    for range in &asked.all {
        and(one(range)?);
    }
    if !asked.any.is_empty() {
        let mut either = LeadSet::default();
        for ranges in &asked.any {
            let mut all: Option<LeadSet> = None;
            for range in ranges {
                let set = one(range)?;
                match &mut all {
                    Some(all) => all.keep(&set),
                    none => *none = Some(set),
                }
            }
            either.add(&all.unwrap_or_default());
        }
        and(either);
    }
    // Segments follow each other without a gap.
    let indexed_to = segments.last().map_or(0, |s| s.last_no);
    Ok(Looked { set: found.unwrap_or_default(), indexed_to })
}

impl Segment {
    /// The pages that hold terms of a range.
    fn pages(&self, range: &Range) -> std::ops::Range<usize> {
        let first = self.directory.partition_point(|first| *first <= range.from).saturating_sub(1);
        let end = self.directory.partition_point(|first| *first < range.to);
        first..end.max(first)
    }
}

fn read_page(mut page: &[u8], range: &Range, mut each: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
    while !page.is_empty() {
        let length = take_number(&mut page)? as usize;
        let term = take(&mut page, length)?;
        let length = take_number(&mut page)? as usize;
        let places = take(&mut page, length)?;
        if term >= &range.to[..] {
            return Ok(());
        }
        if term >= &range.from[..] {
            each(places)?;
        }
    }
    Ok(())
}

/// Findings: segments that do not hold exactly the terms of their leads (marked leads aside), and gaps between them.
pub async fn segment_broken(db: &impl Query, org: OrgId) -> Result<(i64, Vec<String>)> {
    let (mut of, mut broken, mut next) = (0, Vec::new(), 1);
    let segments = segment_list(db, org).await?;
    let stale: LeadSet = {
        let mut set = LeadSet::default();
        stale_list(db, org, i64::MAX, i64::MAX).await?.iter().for_each(|(lead_no, _)| set.insert(*lead_no));
        set
    };
    for segment in &segments {
        let Segment { segment_no, first_no, last_no, .. } = *segment;
        if first_no != next {
            broken.push(format!("leads {next} to {} are in no segment", first_no - 1));
        }
        next = last_no + 1;
        let (leads, mut gathered) = gather(db, org, first_no, last_no).await?;
        let mut fresh = Terms::new();
        gathered.each(|term, places| {
            fresh.insert(term.to_vec(), places.to_vec());
        });
        let mut stored = stored_terms(db, org, segment_no).await?;
        for terms in [&mut fresh, &mut stored] {
            for places in terms.values_mut() {
                places.retain(|place| !stale.contains(first_no + i64::from(*place)));
            }
            terms.retain(|_, places| !places.is_empty());
        }
        of += leads;
        // A segment may be replaced while it is looked at: then there is nothing to say of it.
        let still = async || Ok::<bool, crate::Error>(segment_list(db, org).await?.contains(segment));
        if fresh != stored && still().await? {
            let known = |(term, places): &(&Vec<u8>, &Vec<u32>)| stored.get(*term) != Some(places);
            let wrong = fresh.iter().filter(known).count();
            broken.push(format!(
                "segment {segment_no}: {wrong} of {} terms are not those of the leads",
                fresh.len()
            ));
        }
    }
    Ok((of, broken))
}

type Terms = BTreeMap<Vec<u8>, Vec<u32>>;

async fn stored_terms(db: &impl Query, org: OrgId, segment_no: i64) -> Result<Terms> {
    let from = segment_no * PAGES;
    let sql =
        "SELECT terms FROM lead_segment_page WHERE org_id = $1 AND page >= $2 AND page < $3 ORDER BY page";
    let mut terms = Terms::new();
    for row in db.rows(sql, vals![org.0, from, from + PAGES]).await? {
        let page: Vec<u8> = row.get(0)?;
        let mut bytes = &page[..];
        while !bytes.is_empty() {
            let length = take_number(&mut bytes)? as usize;
            let term = take(&mut bytes, length)?.to_vec();
            let length = take_number(&mut bytes)? as usize;
            let places = terms.entry(term).or_default();
            unpack(take(&mut bytes, length)?, |place| places.push(place))?;
        }
    }
    Ok(terms)
}

/// Rising numbers as their distances, or, where that is shorter, as bits.
fn pack(places: &[u32]) -> Vec<u8> {
    let last = places.last().copied().unwrap_or(0) as usize;
    let mut packed = vec![0];
    if places.len() > last / 8 {
        packed[0] = 1;
        packed.resize(2 + last / 8, 0);
        for place in places {
            packed[1 + *place as usize / 8] |= 1 << (place % 8);
        }
        return packed;
    }
    let mut before = 0;
    for place in places {
        put_number(&mut packed, u64::from(place - before));
        before = *place;
    }
    packed
}

fn unpack(packed: &[u8], mut each: impl FnMut(u32)) -> Result<()> {
    let (kind, mut bytes) = packed.split_first().ok_or_else(damaged)?;
    if *kind == 1 {
        for (place, byte) in bytes.iter().enumerate() {
            let mut byte = *byte;
            while byte != 0 {
                each(place as u32 * 8 + byte.trailing_zeros());
                byte &= byte - 1;
            }
        }
        return Ok(());
    }
    let mut before = 0;
    while !bytes.is_empty() {
        before += take_number(&mut bytes)? as u32;
        each(before);
    }
    Ok(())
}

fn put_number(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 128 {
        bytes.push(number as u8 | 128);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn take_number(bytes: &mut &[u8]) -> Result<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (first, rest) = bytes.split_first().ok_or_else(damaged)?;
        *bytes = rest;
        number |= u64::from(first & 127) << shift;
        if first & 128 == 0 {
            return Ok(number);
        }
    }
    Err(damaged())
}

fn take<'a>(bytes: &mut &'a [u8], length: usize) -> Result<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(length).ok_or_else(damaged)?;
    *bytes = rest;
    Ok(taken)
}

fn damaged() -> Error {
    Error::Corrupt("a page of the lead index is cut".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_come_back_as_they_were_packed() {
        let dense: Vec<u32> = (0..5000).filter(|n| n % 3 != 0).collect();
        for places in [vec![0], vec![32_767], vec![5, 6, 700, 30_000], dense, (0..32_768).collect()] {
            let mut back = Vec::new();
            unpack(&pack(&places), |place| back.push(place)).expect("unpacked");
            assert_eq!(back, places);
        }
        assert!(pack(&(0..32_768).collect::<Vec<_>>()).len() < 4100);
        assert!(unpack(&[], |_| ()).is_err() && unpack(&[0, 200], |_| ()).is_err());
    }
}

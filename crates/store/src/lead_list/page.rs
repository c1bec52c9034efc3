//! Pages of a list: in the order of numbers, or of changes.

use super::clause::Clause;
use super::plan::{CHECKED, FRESH, LeadPlan, Walk, first_created, json_rows};
use super::{LeadPlace, LeadSort};
use crate::Result;
use crate::lead::{LeadRow, ints, lead_select};
use crate::open::Query;
use std::collections::HashMap;

/// How many rows are looked at for one page.
const BUDGET: usize = 8_000;
/// How many numbers of an index are passed for one page.
const PASSED: usize = 16_000;
/// A set that is not larger is put in the order of changes as a whole.
const SORTED: i64 = 8_000;

/// A page of a list.
#[derive(Debug, Clone)]
pub struct LeadPage {
    /// The leads, in order.
    pub rows: Vec<LeadRow>,
    /// Where the list goes on; `None`: it ends here. A page with room left may go on, too: looking further would
    /// have cost too much at once.
    pub next: Option<LeadPlace>,
}

/// Places in order, and where to go on.
#[derive(Debug, Default)]
struct Places {
    found: Vec<LeadPlace>,
    next: Option<LeadPlace>,
}

impl LeadPlan {
    /// The page behind `after`.
    pub async fn page(
        &self,
        db: &impl Query,
        sort: LeadSort,
        after: Option<LeadPlace>,
        limit: i64,
    ) -> Result<LeadPage> {
        let want = limit.max(1) as usize;
        let places = match sort {
            LeadSort::Newest => {
                let from = after.map_or(self.last, |place| (place.lead_no - 1).min(self.last));
                self.by_number(db, true, self.first, from, want, false).await?
            }
            LeadSort::Oldest => {
                let from = after.map_or(self.first, |place| (place.lead_no + 1).max(self.first));
                self.by_number(db, false, from, self.last, want, false).await?
            }
            LeadSort::Changed => self.by_change(db, after, want).await?,
        };
        let numbers: Vec<i64> = places.found.iter().map(|place| place.lead_no).collect();
        let mut clause = Clause::new(self.org);
        let list = clause.value(ints(&numbers));
        let tail = format!("{} AND lead_no IN {}", clause.sql, db.dialect().ints(&list));
        let mut rows: HashMap<i64, LeadRow> = HashMap::new();
        if !numbers.is_empty() {
            for row in lead_select(db, &tail, clause.values).await? {
                rows.insert(row.lead_no, row);
            }
        }
        let next = places.next;
        Ok(LeadPage { rows: numbers.iter().filter_map(|no| rows.remove(no)).collect(), next })
    }

    /// Up to `want` leads between two numbers, downwards or upwards; `unchanged`: only those never changed.
    async fn by_number(
        &self,
        db: &impl Query,
        down: bool,
        mut first: i64,
        mut last: i64,
        want: usize,
        unchanged: bool,
    ) -> Result<Places> {
        let mut places = Places::default();
        let (mut looked, mut window) = (0, (want + 1).clamp(64, 512));
        while first <= last {
            let (rows, end) = match &self.set {
                Some(set) => {
                    let numbers = if down { set.down(last, window) } else { set.up(first, window) };
                    let numbers: Vec<i64> =
                        numbers.into_iter().filter(|no| (first..=last).contains(no)).collect();
                    let full = numbers.len() == window;
                    let end = numbers.last().copied().filter(|_| full);
                    (self.sure(db, numbers, unchanged).await?, end)
                }
                None => self.walked(db, down, first, last, window, unchanged).await?,
            };
            looked += window;
            let mut rows = rows;
            rows.sort_unstable_by_key(|place| if down { -place.lead_no } else { place.lead_no });
            for place in rows {
                if places.found.len() == want {
                    places.next = places.found.last().copied();
                    return Ok(places);
                }
                places.found.push(place);
            }
            let Some(end) = end else { return Ok(places) };
            if down {
                last = end - 1;
            } else {
                first = end + 1;
            }
            if looked >= BUDGET && first <= last {
                places.next = Some(LeadPlace { changed_at: 0, lead_no: end });
                return Ok(places);
            }
            window = (window * 2).min(2_048);
        }
        Ok(places)
    }

    /// Of a set's numbers, the leads that are meant.
    async fn sure(&self, db: &impl Query, numbers: Vec<i64>, unchanged: bool) -> Result<Vec<LeadPlace>> {
        if unchanged {
            return self.check_unchanged(db, &numbers).await;
        }
        let (unsure, sure): (Vec<i64>, Vec<i64>) = numbers.into_iter().partition(|no| self.is_unsure(*no));
        let mut places: Vec<LeadPlace> =
            sure.into_iter().map(|lead_no| LeadPlace { changed_at: 0, lead_no }).collect();
        let checked = self.check(db, &unsure).await?;
        places.extend(checked.into_iter().map(|(lead_no, changed_at)| LeadPlace { changed_at, lead_no }));
        Ok(places)
    }

    async fn check_unchanged(&self, db: &impl Query, numbers: &[i64]) -> Result<Vec<LeadPlace>> {
        let mut clause = Clause::new(self.org);
        clause.all(&self.filter);
        clause.sql.push_str(" AND changed_at = created_at");
        let list = clause.value(ints(numbers));
        let sql = format!(
            "SELECT {} FROM lead {} AND lead_no IN {}",
            db.dialect().json_rows(&CHECKED),
            clause.sql,
            db.dialect().ints(&list)
        );
        let found = self.found(json_rows(db, &sql, clause.values).await?);
        Ok(found.into_iter().map(|(lead_no, changed_at)| LeadPlace { changed_at, lead_no }).collect())
    }

    /// The next leads through an index, and the last number looked at if there are more.
    async fn walked(
        &self,
        db: &impl Query,
        down: bool,
        first: i64,
        last: i64,
        window: usize,
        unchanged: bool,
    ) -> Result<(Vec<LeadPlace>, Option<i64>)> {
        let (numbers, end) = match self.walk {
            Walk::Pending => self.pending(db, down, first, last, window).await?,
            _ => self.in_order(db, down, first, last, window).await?,
        };
        Ok((self.sure(db, numbers, unchanged).await?, end))
    }

    /// From indexes that are in the order of numbers.
    async fn in_order(
        &self,
        db: &impl Query,
        down: bool,
        first: i64,
        last: i64,
        window: usize,
    ) -> Result<(Vec<i64>, Option<i64>)> {
        let mut inner = Clause::new(self.org);
        inner.and("lead_no >= ", first);
        inner.and("lead_no <= ", last);
        if self.walk == Walk::Agent {
            inner.maybe("agent_no = ", self.filter.agent_no);
        }
        if self.walk == Walk::Worked {
            inner.maybe("status = ", self.filter.status.map(model::Status::as_str));
        }
        let mut numbers: Vec<i64> = Vec::new();
        for (index, of) in self.walk.scans() {
            let sql = format!(
                "SELECT {} FROM (SELECT lead_no FROM lead{} {}{of} ORDER BY lead_no{} LIMIT {window}) walked",
                db.dialect().json_list("lead_no"),
                index.map_or_else(String::new, |index| db.dialect().indexed_by(index)),
                inner.sql,
                if down { " DESC" } else { "" },
            );
            numbers.extend(json_rows::<i64>(db, &sql, inner.values.clone()).await?);
        }
        numbers.sort_unstable_by_key(|no| if down { -no } else { *no });
        numbers.truncate(window);
        let end = numbers.last().copied().filter(|_| numbers.len() == window);
        Ok((numbers, end))
    }

    /// Untouched leads are in the order of their agents: in growing ranges of numbers, each agent's part is looked up.
    async fn pending(
        &self,
        db: &impl Query,
        down: bool,
        first: i64,
        last: i64,
        window: usize,
    ) -> Result<(Vec<i64>, Option<i64>)> {
        let most = 4 * window;
        // A range with too few of them, and one with too many.
        let (mut few, mut many, mut span) = (0, None, window as i64);
        loop {
            let (low, high) = match down {
                true => (first.max(last - span + 1), last),
                false => (first, last.min(first + span - 1)),
            };
            let mut inner = Clause::new(self.org);
            inner.sql.push_str(" AND agent_no IN (SELECT agent_no FROM agent WHERE org_id = $1)");
            inner.and("lead_no >= ", low);
            inner.and("lead_no <= ", high);
            let (index, of) = FRESH;
            let sql = format!(
                "SELECT {} FROM (SELECT lead_no FROM lead{} {}{of} LIMIT {most}) walked",
                db.dialect().json_list("lead_no"),
                db.dialect().indexed_by(index),
                inner.sql
            );
            let numbers: Vec<i64> = json_rows(db, &sql, inner.values).await?;
            let is_all = (low, high) == (first, last);
            if numbers.len() == most {
                // Leads moved between two looks: what had too few may have too many now.
                few = if span > few + 1 { few } else { 0 };
                many = Some(span);
            } else if is_all || numbers.len() * 2 >= window || many == Some(span + 1) {
                return Ok((numbers, (!is_all).then_some(if down { low } else { high })));
            } else {
                few = span;
            }
            // A range of fewer than three windows more cannot hold too many: the halving ends.
            span = many.map_or(span * 4, |many| few + (many - few).max(2) / 2);
        }
    }

    /// Up to `want` leads in the order of changes, the last first.
    async fn by_change(&self, db: &impl Query, after: Option<LeadPlace>, want: usize) -> Result<Places> {
        if let Some(set) = &self.set
            && set.count() <= SORTED
        {
            let all = set.up(self.first, SORTED as usize);
            let checked = self.check(db, &all).await?;
            let mut found: Vec<LeadPlace> =
                checked.into_iter().map(|(lead_no, changed_at)| LeadPlace { changed_at, lead_no }).collect();
            found.retain(|place| after.is_none_or(|after| *place < after));
            found.sort_unstable_by(|a, b| b.cmp(a));
            let next = (found.len() > want).then(|| found[want - 1]);
            found.truncate(want);
            return Ok(Places { found, next });
        }
        let changed = self.changed(db, after, want).await?;
        let unchanged = self.unchanged(db, after, &changed, want).await?;
        // Behind the place where one of the two stopped early the other tells nothing yet.
        let stop = changed.next.max(unchanged.next);
        let mut found = [changed.found, unchanged.found].concat();
        found.sort_unstable_by(|a, b| b.cmp(a));
        if let Some(stop) = stop {
            found.retain(|place| *place >= stop);
        }
        let next = if found.len() > want { Some(found[want - 1]) } else { stop };
        found.truncate(want);
        Ok(Places { found, next })
    }

    /// Leads that have been changed, the last first.
    async fn changed(&self, db: &impl Query, after: Option<LeadPlace>, want: usize) -> Result<Places> {
        let mut places = Places::default();
        let (mut after, mut looked, mut passed, mut window) = (after, 0, 0, (want + 1).clamp(64, 512));
        loop {
            let mut inner = Clause::new(self.org);
            inner.sql.push_str(" AND changed_at <> created_at");
            if let Some(place) = after {
                let (at, no) = (inner.value(place.changed_at), inner.value(place.lead_no));
                inner
                    .sql
                    .push_str(&format!(" AND changed_at <= {at} AND (changed_at < {at} OR lead_no < {no})"));
            }
            let sql = format!(
                "SELECT {} FROM (SELECT changed_at, lead_no FROM lead{} {} \
                 ORDER BY changed_at DESC, lead_no DESC LIMIT {window}) walked",
                db.dialect().json_rows(&["changed_at", "lead_no"]),
                db.dialect().indexed_by("lead_changed"),
                inner.sql
            );
            let walked: Vec<(i64, i64)> = json_rows(db, &sql, inner.values).await?;
            let full = walked.len() == window;
            after = walked
                .iter()
                .min()
                .map(|(changed_at, lead_no)| LeadPlace { changed_at: *changed_at, lead_no: *lead_no });
            let within = |no: &i64| {
                (self.first..=self.last).contains(no) && self.set.as_ref().is_none_or(|set| set.contains(*no))
            };
            let numbers: Vec<i64> = walked.iter().map(|walked| walked.1).filter(within).collect();
            (looked, passed) = (looked + numbers.len(), passed + window);
            let (unsure, sure): (Vec<i64>, Vec<i64>) =
                numbers.into_iter().partition(|no| self.is_unsure(*no));
            let mut meant: std::collections::HashSet<i64> = sure.into_iter().collect();
            meant.extend(self.check(db, &unsure).await?.into_iter().map(|(lead_no, _)| lead_no));
            let mut walked = walked;
            walked.sort_unstable_by(|a, b| b.cmp(a));
            for (changed_at, lead_no) in walked.into_iter().filter(|walked| meant.contains(&walked.1)) {
                if places.found.len() == want {
                    places.next = places.found.last().copied();
                    return Ok(places);
                }
                places.found.push(LeadPlace { changed_at, lead_no });
            }
            if !full {
                return Ok(places);
            }
            if looked >= BUDGET || passed >= PASSED {
                places.next = after;
                return Ok(places);
            }
            window = (window * 2).min(4_096);
        }
    }

    /// Leads that were never changed: as numbers fall, so do their instants. Only those before `changed` ends matter.
    async fn unchanged(
        &self,
        db: &impl Query,
        after: Option<LeadPlace>,
        changed: &Places,
        want: usize,
    ) -> Result<Places> {
        let mut last = self.last;
        if let Some(place) = after {
            let first_then = first_created(db, self.org, place.changed_at, self.last).await?;
            let first_later = first_created(db, self.org, place.changed_at + 1, self.last).await?;
            // Of those that came in in that very instant, the smaller numbers are behind the place.
            last = last.min(place.lead_no.clamp(first_then, first_later) - 1);
        }
        let mut first = self.first;
        if let Some(end) = changed.next {
            first = first.max(first_created(db, self.org, end.changed_at, self.last).await?);
        }
        let mut places = self.by_number(db, true, first, last, want, true).await?;
        // Where the walk stopped early it knows the number only.
        if let Some(next) = places.next
            && next.changed_at == 0
        {
            let sql = "SELECT created_at FROM lead WHERE org_id = $1 AND lead_no = $2";
            let row = db.first(sql, crate::vals![self.org.0, next.lead_no]).await?;
            let at = row.map_or(Ok(0), |row| row.get(0))?;
            places.next = Some(LeadPlace { changed_at: at, lead_no: next.lead_no });
        }
        Ok(places)
    }

    /// How many of these numbers are meant.
    pub(super) async fn checked_rows(&self, db: &impl Query, numbers: &[i64]) -> Result<i64> {
        let mut found = 0;
        for part in numbers.chunks(2_048) {
            found += self.check(db, part).await?.len() as i64;
        }
        Ok(found)
    }
}

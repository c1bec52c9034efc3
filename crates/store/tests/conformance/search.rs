//! Lists of leads through indexes, held against looking at every lead.

use crate::ground::{Ground, both, lead, mail};
use model::Status;
use store::lead::{LeadRow, lead_fetch_no, lead_fill};
use store::lead_list::{LeadFilter, LeadPlace, LeadPlan, LeadSort, Search, Total};
use store::segment::{segment_broken, segment_build, segment_put};

/// xorshift64*: the same list for ever.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        ((self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize) % end
    }

    fn of<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }

    fn maybe<T: Copy>(&mut self, list: &[T]) -> Option<T> {
        (self.below(4) == 0).then(|| self.of(list))
    }
}

const LEADS: i64 = 400;
const WORDS: [&str; 9] =
    ["Asha", "Ash", "RAO", "Zoë", "o'Brien", "Maria-Jose", "Subramaniamvenkataraghavan", "Łukasz", "Li"];
const STATUSES: [Status; 4] = [Status::New, Status::Pending, Status::Contacted, Status::Sale];

fn random_lead(g: &Ground, random: &mut Random, lead_no: i64, created_at: i64) -> LeadRow {
    let mut row = lead(g.org, lead_no);
    // Ends repeat, whole numbers do not.
    row.phone = Some(919_000_000_000 + lead_no * 10_000 + random.of(&[1234, 1235, 7]));
    let name: Vec<&str> = (0..random.below(4)).map(|_| random.of(&WORDS)).collect();
    row.name = (!name.is_empty()).then(|| name.join(random.of(&[" ", ", "])));
    if random.below(3) == 0 {
        let first = random.of(&["asha", "Asha.Rao", "li", "zoe.very.long"]);
        row = mail(row, &format!("{first}{lead_no}@example.com"));
    }
    row.source_no = random.of(&[1, 1, 2]);
    row.category = random.maybe(&["solar", "roof"]).map(str::to_owned);
    row.import_no = random.maybe(&[1, 2]);
    (row.created_at, row.changed_at) = (created_at, created_at);
    row
}

/// Leads as they came in and moved, with the counters that go with them; a gap in the numbers here and there.
async fn fill(g: &Ground, random: &mut Random) -> Vec<LeadRow> {
    let mut created_at = 1_000;
    let mut rows = Vec::new();
    for lead_no in (1..=LEADS).filter(|no| no % 37 != 0) {
        created_at += random.of(&[0, 0, 1, 5]);
        rows.push(random_lead(g, random, lead_no, created_at));
    }
    g.leads(&rows).await;
    let tx = g.begin().await;
    for row in &mut rows {
        row.status = random.of(&STATUSES);
        row.is_open = row.status != Status::Sale;
        let holds = row.status == Status::Pending || (row.status != Status::New && random.below(2) == 0);
        row.agent_no = holds.then(|| random.of(&[1, 2]));
        if row.status != Status::New {
            row.changed_at += random.of(&[0, 1, 2, 300]);
        }
        let sql = "UPDATE lead SET status = $3, is_open = $4, agent_no = $5, changed_at = $6 WHERE org_id = $1 AND lead_no = $2";
        let values = store::vals![
            g.org.0,
            row.lead_no,
            row.status.as_str(),
            row.is_open,
            row.agent_no,
            row.changed_at
        ];
        tx.execute(sql, values).await.expect("moved");
    }
    for sql in [
        "INSERT INTO lead_tally (org_id, source_no, status, leads, waiting) SELECT org_id, source_no, status, count(*), \
         sum(CASE WHEN agent_no IS NULL AND is_open THEN 1 ELSE 0 END) FROM lead GROUP BY org_id, source_no, status",
        "UPDATE agent SET total = (SELECT count(*) FROM lead l WHERE l.org_id = agent.org_id AND l.agent_no = agent.agent_no)",
        "INSERT INTO source_agent (org_id, source_no, agent_no, given, last_at) SELECT org_id, source_no, agent_no, \
         count(*), 0 FROM lead WHERE agent_no IS NOT NULL GROUP BY org_id, source_no, agent_no",
    ] {
        tx.execute(sql, vec![]).await.expect("counted");
    }
    tx.commit().await.expect("a commit");
    rows
}

fn folded(text: &str) -> Vec<String> {
    let plain = text.to_lowercase().replace('ë', "e").replace('ł', "l");
    plain.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_owned).collect()
}

fn naive(filter: &LeadFilter, row: &LeadRow) -> bool {
    let named = |text: &str| {
        let have = folded(row.name.as_deref().unwrap_or_default());
        let asked = folded(text);
        !asked.is_empty() && asked.iter().all(|word| have.iter().any(|known| known.starts_with(word)))
    };
    let mailed = |prefix: &str| row.email.as_ref().is_some_and(|e| e.to_lowercase().starts_with(prefix));
    let searched = match &filter.q {
        None => true,
        Some(Search::Uid(no)) => row.lead_no == *no,
        Some(Search::Phone(digits)) => row.phone == Some(*digits),
        Some(Search::PhoneEnd(end, length)) => row.phone.is_some_and(|p| p % 10_i64.pow(*length) == *end),
        Some(Search::Email(prefix)) => mailed(prefix),
        Some(Search::Name(text)) => named(text),
        Some(Search::Word(text)) => named(text) || mailed(&text.to_lowercase()),
    };
    searched
        && filter.source_no.is_none_or(|no| row.source_no == no)
        && filter.status.is_none_or(|status| row.status == status)
        && filter.agent_no.is_none_or(|no| row.agent_no == Some(no))
        && filter.category.as_ref().is_none_or(|c| row.category.as_ref() == Some(c))
        && filter.import_no.is_none_or(|no| row.import_no == Some(no))
        && filter.created_from.is_none_or(|at| row.created_at >= at)
        && filter.created_to.is_none_or(|at| row.created_at < at)
        && (!filter.unassigned || (row.agent_no.is_none() && row.is_open))
}

fn random_filter(random: &mut Random, rows: &[LeadRow]) -> LeadFilter {
    let some = rows[random.below(rows.len())].clone();
    let q = match random.below(12) {
        0 => Some(Search::Uid(some.lead_no)),
        1 => some.phone.map(Search::Phone),
        2 => Some(Search::PhoneEnd(1234, 4)),
        3 => some.phone.map(|phone| Search::PhoneEnd(phone % 1_000_000, 6)),
        4 => some
            .email
            .map(|e| e.to_lowercase().chars().take(1 + random.below(14)).collect())
            .map(Search::Email),
        5 | 6 => Some(Search::Name(
            random.of(&["a", "RAO a", "zoe", "lu", "o'b", "li li", "-", "jose"]).to_owned(),
        )),
        7 => Some(Search::Name("subramaniamvenkat".to_owned())),
        8 => Some(Search::Word(random.of(&["li", "asha", "zo", "O'BRIEN"]).to_owned())),
        _ => None,
    };
    LeadFilter {
        source_no: random.maybe(&[1, 2, 9]),
        status: random.maybe(&STATUSES),
        agent_no: random.maybe(&[1, 2, 7]),
        category: random.maybe(&["solar", "roof", "none"]).map(str::to_owned),
        import_no: random.maybe(&[1, 2]),
        created_from: random.maybe(&[0, 1_100, 1_200, 1_201, 99_999]),
        created_to: random.maybe(&[0, 1_300, 1_301, 99_999]),
        unassigned: random.below(6) == 0,
        q,
    }
}

async fn compare(g: &Ground, random: &mut Random, rows: &[LeadRow], times: usize) {
    for _ in 0..times {
        let filter = random_filter(random, rows);
        let sort = random.of(&[LeadSort::Newest, LeadSort::Oldest, LeadSort::Changed]);
        let mut expected: Vec<&LeadRow> = rows.iter().filter(|row| naive(&filter, row)).collect();
        match sort {
            LeadSort::Newest => expected.sort_by_key(|row| -row.lead_no),
            LeadSort::Oldest => expected.sort_by_key(|row| row.lead_no),
            LeadSort::Changed => expected.sort_by_key(|row| (-row.changed_at, -row.lead_no)),
        }
        let expected: Vec<i64> = expected.iter().map(|row| row.lead_no).collect();
        let plan = LeadPlan::open(&g.reader, g.org, &filter).await.expect("a plan");
        let total = plan.total(&g.reader).await.expect("a total");
        assert_eq!(total, Total::Exactly(expected.len() as i64), "{filter:?}");
        let limit = random.of(&[1, 7, 50]).max(expected.len() as i64 / 8);
        let (mut seen, mut after) = (Vec::new(), None::<LeadPlace>);
        loop {
            let page = plan.page(&g.reader, sort, after, limit).await.expect("a page");
            assert!(page.rows.len() as i64 <= limit);
            seen.extend(page.rows.iter().map(|row| row.lead_no));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen, expected, "{sort:?} {filter:?}");
    }
}

async fn index(g: &Ground, first: i64, last: i64) {
    let built = segment_build(&g.reader, g.org, first, last).await.expect("built");
    let tx = g.begin().await;
    segment_put(&tx, g.org, &built).await.expect("stored");
    tx.commit().await.expect("a commit");
}

#[test]
fn a_list_finds_what_looking_at_every_lead_finds() {
    both(async |g| {
        let mut random = Random(7);
        let mut rows = fill(g, &mut random).await;
        compare(g, &mut random, &rows, 60).await;
        for (first, last) in [(1, 100), (101, 110), (111, 230)] {
            index(g, first, last).await;
        }
        compare(g, &mut random, &rows, 120).await;
        // Names and phones change under the index.
        let tx = g.begin().await;
        for row in rows.iter_mut().filter(|row| row.lead_no % 9 == 0) {
            let new = random_lead(g, &mut random, row.lead_no, row.created_at);
            (row.name, row.category) = (new.name, new.category);
            if new.email.is_some() {
                (row.email, row.email_key) = (new.email, new.email_key);
            }
            row.changed_at += 1;
            lead_fill(&tx, row).await.expect("filled");
        }
        tx.commit().await.expect("a commit");
        compare(g, &mut random, &rows, 120).await;
        assert_eq!(segment_broken(&g.reader, g.org).await.expect("checked").1, Vec::<String>::new());
        // Segments are joined, what had changed is settled.
        index(g, 1, 230).await;
        index(g, 231, LEADS - 5).await;
        compare(g, &mut random, &rows, 120).await;
        assert_eq!(segment_broken(&g.reader, g.org).await.expect("checked").1, Vec::<String>::new());
        let read = lead_fetch_no(&g.reader, g.org, 9).await.expect("the lead");
        assert_eq!(read.name, rows.iter().find(|row| row.lead_no == 9).and_then(|row| row.name.clone()));
    });
}

#[test]
fn a_lead_that_changes_while_its_segment_is_built_stays_marked() {
    both(async |g| {
        let mut rows: Vec<LeadRow> = (1..=20).map(|no| lead(g.org, no)).collect();
        g.leads(&rows).await;
        let rename = async |row: &mut LeadRow, name: &str| {
            row.name = Some(name.to_owned());
            let tx = g.begin().await;
            lead_fill(&tx, row).await.expect("filled");
            tx.commit().await.expect("a commit");
        };
        rename(&mut rows[4], "Before").await;
        let built = segment_build(&g.reader, g.org, 1, 20).await.expect("built");
        rename(&mut rows[4], "During").await;
        rename(&mut rows[5], "During").await;
        let tx = g.begin().await;
        segment_put(&tx, g.org, &built).await.expect("stored");
        tx.commit().await.expect("a commit");
        let find = async |text: &str| {
            let q = Some(Search::Name(text.to_owned()));
            let plan = LeadPlan::open(&g.reader, g.org, &LeadFilter { q, ..LeadFilter::default() }).await;
            let page =
                plan.expect("a plan").page(&g.reader, LeadSort::Oldest, None, 9).await.expect("a page");
            page.rows.iter().map(|row| row.lead_no).collect::<Vec<_>>()
        };
        assert_eq!(find("during").await, [5, 6]);
        assert_eq!(find("before").await, Vec::<i64>::new());
        let overlapping = segment_build(&g.reader, g.org, 10, 30).await.expect("built");
        let tx = g.begin().await;
        assert!(crate::ground::is_conflict(&segment_put(&tx, g.org, &overlapping).await));
        tx.rollback().await.expect("undone");
    });
}

//! Queries that hold the data against the invariants; each finds what breaks one rule.

use crate::open::Query;
use crate::{Result, vals};
use model::OrgId;

/// A rule, how to count what it is held against, and how to find what breaks it.
#[derive(Debug)]
pub struct Rule {
    /// The rule in a sentence.
    pub name: &'static str,
    of: &'static str,
    /// Selects one text a finding.
    broken: &'static str,
}

/// At most this many findings a rule are told.
const MOST: i64 = 20;

/// Every rule that one statement can check.
pub const RULES: &[Rule] = &[
    Rule {
        name: "a lead is with the agent of its last step",
        of: "SELECT count(*) FROM lead WHERE org_id = $1",
        broken: "SELECT 'L-' || l.lead_no FROM lead l LEFT JOIN \
            (SELECT org_id, lead_no, max(assignment_no) AS assignment_no FROM assignment WHERE org_id = $1 \
             GROUP BY org_id, lead_no) last ON last.org_id = l.org_id AND last.lead_no = l.lead_no \
            LEFT JOIN assignment a ON a.org_id = l.org_id AND a.assignment_no = last.assignment_no \
            WHERE l.org_id = $1 AND coalesce(l.agent_no, -1) <> \
              CASE WHEN a.kind IN ('pick', 'manual') THEN a.agent_no ELSE -1 END",
    },
    Rule {
        name: "an agent's total is the leads it was given less hand-backs",
        of: "SELECT count(*) FROM agent WHERE org_id = $1",
        broken: "SELECT 'agent number ' || g.agent_no || ': ' || g.total FROM agent g LEFT JOIN \
            (SELECT agent_no, sum(CASE WHEN kind = 'hand_back' THEN -1 ELSE 1 END) AS given FROM assignment \
             WHERE org_id = $1 GROUP BY agent_no) a ON a.agent_no = g.agent_no \
            WHERE g.org_id = $1 AND g.total <> coalesce(a.given, 0)",
    },
    Rule {
        name: "an agent's open count is the open leads it has",
        of: "SELECT count(*) FROM agent WHERE org_id = $1",
        broken: "SELECT 'agent number ' || g.agent_no || ': ' || g.open_count FROM agent g LEFT JOIN \
            (SELECT agent_no, count(*) AS held FROM lead WHERE org_id = $1 AND is_open GROUP BY agent_no) l \
            ON l.agent_no = g.agent_no WHERE g.org_id = $1 AND g.open_count <> coalesce(l.held, 0)",
    },
    Rule {
        name: "what an agent got out of a source is the sum of its steps there",
        of: "SELECT count(*) FROM source_agent WHERE org_id = $1",
        broken: "SELECT 'source ' || s.source_no || ', agent number ' || s.agent_no FROM source_agent s LEFT JOIN \
            (SELECT source_no, agent_no, sum(CASE WHEN kind = 'hand_back' THEN -1 ELSE 1 END) AS given FROM assignment \
             WHERE org_id = $1 GROUP BY source_no, agent_no) a ON a.source_no = s.source_no AND a.agent_no = s.agent_no \
            WHERE s.org_id = $1 AND s.given <> coalesce(a.given, 0)",
    },
    Rule {
        name: "tallies are the leads there are",
        of: "SELECT count(*) FROM lead_tally WHERE org_id = $1",
        broken: "SELECT 'source ' || t.source_no || ', ' || t.status || ': ' || t.leads || ' and ' || t.waiting \
            FROM lead_tally t LEFT JOIN (SELECT source_no, status, count(*) AS leads, \
              sum(CASE WHEN agent_no IS NULL AND is_open THEN 1 ELSE 0 END) AS waiting FROM lead \
              WHERE org_id = $1 GROUP BY source_no, status) c ON c.source_no = t.source_no AND c.status = t.status \
            WHERE t.org_id = $1 AND (t.leads <> coalesce(c.leads, 0) OR t.waiting <> coalesce(c.waiting, 0))",
    },
    Rule {
        name: "every lead is in a tally",
        of: "SELECT count(*) FROM lead WHERE org_id = $1",
        broken: "SELECT 'source ' || l.source_no || ', ' || l.status FROM \
            (SELECT DISTINCT source_no, status FROM lead WHERE org_id = $1) l LEFT JOIN lead_tally t \
            ON t.org_id = $1 AND t.source_no = l.source_no AND t.status = l.status WHERE t.org_id IS NULL",
    },
    Rule {
        name: "steps of a pool have no gaps",
        of: "SELECT count(*) FROM pool WHERE org_id = $1",
        broken: "SELECT 'source ' || p.source_no || ': ' || p.seq FROM pool p WHERE p.org_id = $1 AND (p.seq <> \
            (SELECT count(*) FROM assignment a WHERE a.org_id = p.org_id AND a.source_no = p.source_no) OR p.seq <> \
            (SELECT coalesce(max(a.pool_seq), 0) FROM assignment a WHERE a.org_id = p.org_id AND a.source_no = p.source_no))",
    },
    Rule {
        name: "event cursors have no gaps",
        of: "SELECT count(*) FROM outbox_event WHERE org_id = $1",
        broken: "SELECT 'cursor ' || c.cursor || ' of ' || e.n || ' events up to ' || e.last FROM org_counter c, \
            (SELECT count(*) AS n, coalesce(min(cursor), 0) AS first, coalesce(max(cursor), 0) AS last \
             FROM outbox_event WHERE org_id = $1) e \
            WHERE c.org_id = $1 AND e.n > 0 AND (e.last <> c.cursor OR e.n <> e.last - e.first + 1)",
    },
    Rule {
        name: "a lead's history ends where the lead stands",
        of: "SELECT count(*) FROM lead_history WHERE org_id = $1",
        // The lead itself comes behind the lines of its history.
        broken: "SELECT 'L-' || lead_no FROM (SELECT lead_no, n, status, is_lead, lag(n, 1, 0) OVER lines AS last_n, \
              lag(status, 1, 'new') OVER lines AS last_status FROM \
              (SELECT lead_no, changes AS n, status, 1 AS is_lead FROM lead WHERE org_id = $1 \
               UNION ALL SELECT lead_no, n, to_status, 0 FROM lead_history WHERE org_id = $1) all_lines \
              WINDOW lines AS (PARTITION BY lead_no ORDER BY is_lead, n)) told \
            WHERE is_lead = 1 AND (last_n <> n OR last_status <> status)",
    },
    Rule {
        name: "a lead's history has no gaps",
        of: "SELECT count(*) FROM lead_history WHERE org_id = $1",
        broken: "SELECT 'L-' || lead_no || ', change ' || n FROM (SELECT lead_no, n, from_status, \
              lag(n, 1, 0) OVER lines AS before, lag(to_status, 1, 'new') OVER lines AS stood \
              FROM lead_history WHERE org_id = $1 WINDOW lines AS (PARTITION BY lead_no ORDER BY n)) h \
            WHERE before <> n - 1 OR (from_status IS NOT NULL AND from_status <> stood)",
    },
    Rule {
        name: "an untouched lead has an agent",
        of: "SELECT count(*) FROM lead WHERE org_id = $1 AND status = 'pending'",
        broken: "SELECT 'L-' || lead_no FROM lead WHERE org_id = $1 AND status = 'pending' AND agent_no IS NULL",
    },
    Rule {
        name: "an agent's steps are listed",
        of: "SELECT count(*) FROM assignment WHERE org_id = $1",
        broken: "SELECT 'agent ' || agent_no || ', step ' || assignment_no FROM (SELECT agent_no, assignment_no, \
              sum(listed) AS listed FROM (SELECT agent_no, assignment_no, 1 AS listed FROM assignment WHERE org_id = $1 \
              UNION ALL SELECT s.agent_no, CAST(j.value AS BIGINT), -1 FROM agent_steps s, {each s.steps} \
              WHERE s.org_id = $1) both_ways GROUP BY agent_no, assignment_no) told WHERE listed <> 0",
    },
    Rule {
        name: "a first lead has its keys",
        of: "SELECT count(*) FROM lead_key WHERE org_id = $1",
        broken: "SELECT 'L-' || l.lead_no FROM lead l \
            LEFT JOIN lead_key p ON p.org_id = l.org_id AND p.kind = 0 AND p.value = l.phone \
            LEFT JOIN lead_key e ON e.org_id = l.org_id AND e.kind = 1 AND e.value = l.email_key \
            LEFT JOIN lead_key x ON x.org_id = l.org_id AND x.kind = 2 AND x.value = l.external_key \
            WHERE l.org_id = $1 AND l.duplicate_of IS NULL AND ((l.phone IS NOT NULL AND coalesce(p.lead_no, 0) <> l.lead_no) \
              OR (l.email_key IS NOT NULL AND coalesce(e.lead_no, 0) <> l.lead_no) \
              OR (l.external_key IS NOT NULL AND coalesce(x.lead_no, 0) <> l.lead_no))",
    },
    Rule {
        name: "a key is of a first lead that has it",
        of: "SELECT count(*) FROM lead_key WHERE org_id = $1",
        broken: "SELECT 'L-' || k.lead_no || ', kind ' || k.kind FROM lead_key k \
            LEFT JOIN lead l ON l.org_id = k.org_id AND l.lead_no = k.lead_no WHERE k.org_id = $1 AND \
            (l.lead_no IS NULL OR l.duplicate_of IS NOT NULL OR k.value <> coalesce(CASE k.kind WHEN 0 THEN l.phone \
              WHEN 1 THEN l.email_key ELSE l.external_key END, k.value - 1))",
    },
    Rule {
        name: "an import's accepted rows are leads",
        of: "SELECT count(*) FROM import WHERE org_id = $1",
        broken: "SELECT i.file_name || ': ' || i.accepted FROM import i WHERE i.org_id = $1 AND i.accepted <> \
            coalesce((SELECT n FROM (SELECT import_no, count(*) AS n FROM lead \
              WHERE org_id = $1 AND import_no IS NOT NULL GROUP BY import_no) c WHERE c.import_no = i.import_no), 0)",
    },
    Rule {
        name: "every refused row of an import is listed",
        of: "SELECT count(*) FROM import WHERE org_id = $1",
        broken: "SELECT i.file_name FROM import i WHERE i.org_id = $1 AND i.duplicates + i.rejected <> \
            (SELECT count(*) FROM import_row_error e WHERE e.org_id = i.org_id AND e.import_no = i.import_no)",
    },
    Rule {
        name: "leads are numbered as they came in",
        of: "SELECT count(*) FROM lead WHERE org_id = $1",
        broken: "SELECT 'L-' || lead_no FROM (SELECT lead_no, created_at, \
            lag(created_at) OVER (ORDER BY lead_no) AS before FROM lead WHERE org_id = $1) l WHERE created_at < before",
    },
    Rule {
        name: "numbers that were handed out are counted",
        of: "SELECT count(*) FROM org_counter WHERE org_id = $1",
        broken: "SELECT 'counters' FROM org_counter c WHERE c.org_id = $1 AND (c.lead_no < \
            (SELECT coalesce(max(lead_no), 0) FROM lead WHERE org_id = $1) OR c.assignment_no < \
            (SELECT coalesce(max(assignment_no), 0) FROM assignment WHERE org_id = $1))",
    },
];

/// How many things a rule was held against, and what breaks it (the first twenty).
pub async fn broken(db: &impl Query, org: OrgId, rule: &Rule) -> Result<(i64, Vec<String>)> {
    let of = db.first(rule.of, vals![org.0]).await?.map_or(Ok(0), |row| row.get(0))?;
    let broken = rule.broken.replace("{each s.steps}", &db.dialect().each("s.steps"));
    let sql = format!("{broken} LIMIT {MOST}");
    let broken = db.rows(&sql, vals![org.0]).await?.iter().map(|row| row.get(0)).collect::<Result<_>>()?;
    Ok((of, broken))
}

/// Handed-back leads of a source that wait with their share paid.
pub async fn handed_back_waiting(db: &impl Query, org: OrgId, source_no: i64) -> Result<i64> {
    let sql = "SELECT count(*) FROM lead WHERE org_id = $1 AND source_no = $2 AND agent_no IS NULL AND is_open AND share_paid";
    db.first(sql, vals![org.0, source_no]).await?.map_or(Ok(0), |row| row.get(0))
}

-- How many leads came and went, by quarter of an hour (its start, UTC; every time zone's days begin with one).
CREATE TABLE lead_flow (
  org_id {int} NOT NULL,
  quarter {int} NOT NULL,
  source_no {int} NOT NULL,
  created {int} NOT NULL,
  assigned {int} NOT NULL,
  handed_back {int} NOT NULL,
  closed {int} NOT NULL,
  PRIMARY KEY (org_id, quarter, source_no)
){keyed};

INSERT INTO lead_flow (org_id, quarter, source_no, created, assigned, handed_back, closed)
SELECT org_id, quarter, source_no, sum(created), sum(assigned), sum(handed_back), sum(closed) FROM (
  SELECT org_id, created_at / 900000000 * 900000000 AS quarter, source_no,
    1 AS created, 0 AS assigned, 0 AS handed_back, 0 AS closed FROM lead
  UNION ALL
  SELECT org_id, created_at / 900000000 * 900000000, source_no,
    0, CASE WHEN kind = 'hand_back' THEN 0 ELSE 1 END, CASE WHEN kind = 'hand_back' THEN 1 ELSE 0 END, 0
    FROM assignment
  UNION ALL
  SELECT h.org_id, h.at / 900000000 * 900000000, l.source_no, 0, 0, 0, 1
    FROM lead_status_change h JOIN lead l ON l.org_id = h.org_id AND l.lead_no = h.lead_no
    WHERE h.to_status IN ('sale', 'not_interested', 'dnc', 'invalid', 'exhausted')
      AND (h.from_status IS NULL OR h.from_status NOT IN ('sale', 'not_interested', 'dnc', 'invalid', 'exhausted'))
) steps GROUP BY org_id, quarter, source_no;

-- Where the leads stand that were created in a quarter of an hour; kept while they are not older than two days.
CREATE TABLE lead_cohort (
  org_id {int} NOT NULL,
  quarter {int} NOT NULL,
  source_no {int} NOT NULL,
  status TEXT NOT NULL,
  leads {int} NOT NULL,
  waiting {int} NOT NULL,
  PRIMARY KEY (org_id, quarter, source_no, status)
){keyed};

INSERT INTO lead_cohort (org_id, quarter, source_no, status, leads, waiting)
SELECT org_id, created_at / 900000000 * 900000000, source_no, status, count(*),
  sum(CASE WHEN agent_no IS NULL AND is_open THEN 1 ELSE 0 END)
FROM lead WHERE created_at >= (SELECT coalesce(max(created_at), 0) - 172800000000 FROM lead)
GROUP BY org_id, created_at / 900000000 * 900000000, source_no, status;

-- What finds leads among a million: an inverted index in segments, built behind the commits; partial indexes for what
-- changes often.

-- When the last lead came in: numbers and instants rise together, so a range of time is a range of numbers.
ALTER TABLE org_counter ADD COLUMN last_created_at {int} NOT NULL DEFAULT 0;
UPDATE org_counter SET last_created_at =
  coalesce((SELECT max(l.created_at) FROM lead l WHERE l.org_id = org_counter.org_id), 0);

-- A run of leads by number with all their terms; written once, replaced as a whole. `directory`: the first term of
-- each page.
CREATE TABLE lead_segment (
  org_id {int} NOT NULL,
  segment_no {int} NOT NULL,
  first_no {int} NOT NULL,
  last_no {int} NOT NULL,
  leads {int} NOT NULL,
  directory {bytes} NOT NULL,
  PRIMARY KEY (org_id, segment_no)
){keyed};

-- Terms of a segment in their order, each with the leads that have it. `page`: segment_no * 65536 + place.
CREATE TABLE lead_segment_page (
  org_id {int} NOT NULL,
  page {int} NOT NULL,
  terms {bytes} NOT NULL,
  PRIMARY KEY (org_id, page)
){keyed};

-- Leads whose terms may have changed since their segment was written; `n` counts the changes.
CREATE TABLE lead_stale (
  org_id {int} NOT NULL,
  lead_no {int} NOT NULL,
  n {int} NOT NULL,
  PRIMARY KEY (org_id, lead_no)
){keyed};

CREATE INDEX lead_pending ON lead (org_id, lead_no) WHERE status = 'pending';
CREATE INDEX lead_changed ON lead (org_id, changed_at, lead_no) WHERE changed_at <> created_at;

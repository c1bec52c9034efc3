-- A step is the line of its lead's history that tells its move, and an agent's steps are kept in runs: giving out a
-- lead writes one row and fewer indexes.

-- What the step did to its lead, as in lead_status_change; NULL where that table has the line (steps taken earlier).
ALTER TABLE assignment ADD COLUMN n {int};
ALTER TABLE assignment ADD COLUMN from_status TEXT;
ALTER TABLE assignment ADD COLUMN to_status TEXT;

CREATE VIEW lead_history AS
SELECT org_id, lead_no, n, from_status, to_status, why, actor, note, at FROM lead_status_change
UNION ALL
SELECT org_id, lead_no, n, from_status, to_status, CASE kind WHEN 'hand_back' THEN 'handed back' ELSE 'assigned' END,
  actor, CASE kind WHEN 'hand_back' THEN reason END, created_at FROM assignment WHERE n IS NOT NULL;

-- An agent's steps by number, those recorded together in one row: [17, 67, …], rising. `first_no`: the first of them.
CREATE TABLE agent_steps (
  org_id {int} NOT NULL,
  agent_no {int} NOT NULL,
  first_no {int} NOT NULL,
  steps {json} NOT NULL,
  PRIMARY KEY (org_id, agent_no, first_no)
){keyed};
INSERT INTO agent_steps (org_id, agent_no, first_no, steps)
SELECT org_id, agent_no, min(assignment_no), {list assignment_no} FROM assignment
GROUP BY org_id, agent_no, assignment_no / 16384;
DROP INDEX assignment_agent;

-- An agent's untouched leads, and the others: both indexes together are all the leads of an agent.
DROP INDEX lead_fresh;
DROP INDEX lead_pending;
DROP INDEX lead_agent;
CREATE INDEX lead_fresh ON lead (org_id, agent_no, lead_no) WHERE status = 'pending';
CREATE INDEX lead_held ON lead (org_id, agent_no, lead_no) WHERE agent_no IS NOT NULL AND status <> 'pending';

-- What an agent's workspace asks: leads nobody has touched yet, calls that are due, what was done today.
CREATE INDEX lead_fresh ON lead (org_id, agent_no, assigned_at, lead_no) WHERE status = 'pending';
CREATE INDEX lead_callback ON lead (org_id, agent_no, callback_at, lead_no) WHERE callback_at IS NOT NULL;

-- Results an agent reported, by quarter of an hour (its start, UTC). `sales`: more that became sales than ceased to be.
CREATE TABLE agent_work (
  org_id {int} NOT NULL,
  agent_no {int} NOT NULL,
  quarter {int} NOT NULL,
  results {int} NOT NULL,
  sales {int} NOT NULL,
  PRIMARY KEY (org_id, agent_no, quarter)
){keyed};

-- The ground: organisations, people, sources, agents, leads, pools, assignments, imports, the outbox.
-- One text for both databases; {int}, {uuid}, {bytes}, {json}, {bool}, {real} and the table endings are filled in
-- by `migrate.rs`; {oneof column: a|b} says that a column holds one word of a closed list. Times are microseconds UTC. Every key starts with org_id.

CREATE TABLE organization (
  org_id {int} NOT NULL PRIMARY KEY,
  id {uuid} NOT NULL UNIQUE,
  slug TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  timezone TEXT NOT NULL,
  region TEXT NOT NULL,
  duplicate_policy TEXT NOT NULL CHECK ({oneof duplicate_policy: skip|update|keep}),
  created_at {int} NOT NULL
){strict};

-- Numbers handed out per organisation. Locked from first use to commit, so that event cursors have no gaps.
CREATE TABLE org_counter (
  org_id {int} NOT NULL PRIMARY KEY REFERENCES organization,
  cursor {int} NOT NULL DEFAULT 0,
  lead_no {int} NOT NULL DEFAULT 0,
  assignment_no {int} NOT NULL DEFAULT 0,
  agent_no {int} NOT NULL DEFAULT 0,
  source_no {int} NOT NULL DEFAULT 0,
  import_no {int} NOT NULL DEFAULT 0
){strict};

CREATE TABLE "user" (
  org_id {int} NOT NULL REFERENCES organization,
  id {uuid} NOT NULL,
  email TEXT NOT NULL,
  email_key TEXT NOT NULL,
  name TEXT NOT NULL,
  role TEXT NOT NULL CHECK ({oneof role: admin|manager|agent|provider}),
  password_hash TEXT,
  active {bool} NOT NULL,
  created_at {int} NOT NULL,
  PRIMARY KEY (org_id, id),
  UNIQUE (org_id, email_key)
){keyed};

CREATE TABLE api_token (
  org_id {int} NOT NULL,
  id {uuid} NOT NULL,
  user_id {uuid} NOT NULL,
  name TEXT NOT NULL,
  secret_hash {bytes} NOT NULL UNIQUE,
  created_at {int} NOT NULL,
  last_used_at {int},
  revoked_at {int},
  PRIMARY KEY (org_id, id),
  FOREIGN KEY (org_id, user_id) REFERENCES "user" (org_id, id)
){keyed};

CREATE TABLE source (
  org_id {int} NOT NULL REFERENCES organization,
  source_no {int} NOT NULL,
  id {uuid} NOT NULL,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL,
  active {bool} NOT NULL,
  created_at {int} NOT NULL,
  PRIMARY KEY (org_id, source_no),
  UNIQUE (org_id, id),
  UNIQUE (org_id, name_key)
){keyed};

CREATE TABLE agent (
  org_id {int} NOT NULL REFERENCES organization,
  agent_no {int} NOT NULL,
  id {uuid} NOT NULL,
  user_id {uuid},
  name TEXT NOT NULL,
  email TEXT,
  active {bool} NOT NULL,
  presence TEXT NOT NULL CHECK ({oneof presence: online|away}),
  weight {int} NOT NULL CHECK (weight BETWEEN 1 AND 1000000),
  skills {json} NOT NULL,
  daily_cap {int} CHECK (daily_cap >= 0),
  open_cap {int} CHECK (open_cap >= 0),
  availability {json} NOT NULL,
  total {int} NOT NULL DEFAULT 0 CHECK (total >= 0),
  open_count {int} NOT NULL DEFAULT 0 CHECK (open_count >= 0),
  day {int},
  day_count {int} NOT NULL DEFAULT 0 CHECK (day_count >= 0),
  last_assigned_at {int},
  created_at {int} NOT NULL,
  changed_at {int} NOT NULL,
  PRIMARY KEY (org_id, agent_no),
  UNIQUE (org_id, id)
){keyed};
CREATE UNIQUE INDEX agent_user ON agent (org_id, user_id) WHERE user_id IS NOT NULL;

CREATE TABLE lead (
  org_id {int} NOT NULL,
  lead_no {int} NOT NULL,
  id {uuid} NOT NULL,
  source_no {int} NOT NULL,
  status TEXT NOT NULL CHECK ({oneof status: new|pending|contacted|callback|no_answer|busy|failed|dropped|congestion|voicemail|sale|not_interested|dnc|invalid|exhausted}),
  is_open {bool} NOT NULL,
  agent_no {int},
  name TEXT,
  phone {int},
  email TEXT,
  email_key {int},
  external_id TEXT,
  external_key {int},
  category TEXT,
  city TEXT,
  value {int},
  urgency TEXT NOT NULL CHECK ({oneof urgency: low|normal|high|urgent}),
  skills {json},
  share_paid {bool} NOT NULL,
  skip_agent {int},
  duplicate_of {int},
  import_no {int},
  import_row {int},
  changes {int} NOT NULL,
  callback_at {int},
  created_at {int} NOT NULL,
  changed_at {int} NOT NULL,
  assigned_at {int},
  details {json},
  PRIMARY KEY (org_id, lead_no),
  CHECK (phone IS NOT NULL OR email IS NOT NULL),
  CHECK (is_open <> ({oneof status: sale|not_interested|dnc|invalid|exhausted})),
  CHECK (NOT (share_paid AND agent_no IS NOT NULL))
){keyed};
CREATE UNIQUE INDEX lead_id ON lead (org_id, id);
-- Duplicates: one first lead for a phone, an e-mail (by hash, see lead.rs) and an external id.
CREATE UNIQUE INDEX lead_phone ON lead (org_id, phone) WHERE phone IS NOT NULL AND duplicate_of IS NULL;
CREATE UNIQUE INDEX lead_email ON lead (org_id, email_key) WHERE email_key IS NOT NULL AND duplicate_of IS NULL;
CREATE UNIQUE INDEX lead_external ON lead (org_id, external_key) WHERE external_key IS NOT NULL AND duplicate_of IS NULL;
CREATE INDEX lead_waiting ON lead (org_id, source_no, lead_no) WHERE agent_no IS NULL AND is_open;
CREATE INDEX lead_agent ON lead (org_id, agent_no, lead_no) WHERE agent_no IS NOT NULL;
CREATE INDEX lead_worked ON lead (org_id, status, lead_no) WHERE status <> 'new' AND status <> 'pending';

-- How many leads of a source have a status, and how many of those wait for an agent: totals without counting rows.
CREATE TABLE lead_tally (
  org_id {int} NOT NULL,
  source_no {int} NOT NULL,
  status TEXT NOT NULL,
  leads {int} NOT NULL CHECK (leads >= 0),
  waiting {int} NOT NULL CHECK (waiting >= 0),
  PRIMARY KEY (org_id, source_no, status)
){keyed};

CREATE TABLE lead_status_change (
  org_id {int} NOT NULL,
  lead_no {int} NOT NULL,
  n {int} NOT NULL,
  from_status TEXT,
  to_status TEXT NOT NULL,
  why TEXT NOT NULL,
  actor TEXT NOT NULL,
  note TEXT,
  at {int} NOT NULL,
  PRIMARY KEY (org_id, lead_no, n)
){keyed};

CREATE TABLE pool (
  org_id {int} NOT NULL,
  source_no {int} NOT NULL,
  enabled {bool} NOT NULL,
  configured {bool} NOT NULL,
  policy TEXT NOT NULL CHECK ({oneof policy: fair|round_robin|fewest}),
  ordering TEXT NOT NULL CHECK ({oneof ordering: oldest|newest|value}),
  config_version {int} NOT NULL,
  seq {int} NOT NULL,
  last_slot {int} NOT NULL,
  changed_at {int} NOT NULL,
  PRIMARY KEY (org_id, source_no),
  FOREIGN KEY (org_id, source_no) REFERENCES source (org_id, source_no)
){keyed};

CREATE TABLE pool_member (
  org_id {int} NOT NULL,
  source_no {int} NOT NULL,
  slot {int} NOT NULL,
  agent_no {int} NOT NULL,
  weight {int} NOT NULL CHECK (weight BETWEEN 1 AND 1000000),
  credit {int} NOT NULL,
  is_current {bool} NOT NULL,
  PRIMARY KEY (org_id, source_no, slot),
  UNIQUE (org_id, source_no, agent_no),
  FOREIGN KEY (org_id, source_no) REFERENCES pool (org_id, source_no),
  FOREIGN KEY (org_id, agent_no) REFERENCES agent (org_id, agent_no)
){keyed};

-- Configurations as they were saved; never updated. `members`: [{"slot":0,"agent_no":1,"weight":1000}, …]
CREATE TABLE pool_config (
  org_id {int} NOT NULL,
  source_no {int} NOT NULL,
  version {int} NOT NULL,
  after_seq {int} NOT NULL,
  enabled {bool} NOT NULL,
  policy TEXT NOT NULL,
  ordering TEXT NOT NULL,
  members {json} NOT NULL,
  actor TEXT NOT NULL,
  created_at {int} NOT NULL,
  PRIMARY KEY (org_id, source_no, version)
){keyed};

-- Every credit of a pool as it stood after step `seq` under configuration `config_version`.
CREATE TABLE pool_checkpoint (
  org_id {int} NOT NULL,
  source_no {int} NOT NULL,
  seq {int} NOT NULL,
  config_version {int} NOT NULL,
  state {bytes} NOT NULL,
  PRIMARY KEY (org_id, source_no, seq, config_version)
){keyed};

-- Leads given to an agent out of a source, ever, less hand-backs.
CREATE TABLE source_agent (
  org_id {int} NOT NULL,
  source_no {int} NOT NULL,
  agent_no {int} NOT NULL,
  given {int} NOT NULL,
  last_at {int} NOT NULL,
  PRIMARY KEY (org_id, source_no, agent_no)
){keyed};

CREATE TABLE assignment_batch (
  org_id {int} NOT NULL,
  id {uuid} NOT NULL,
  source_no {int} NOT NULL,
  trigger TEXT NOT NULL CHECK ({oneof trigger: create|import|save|run|sweep|manual}),
  method TEXT NOT NULL,
  leads {int} NOT NULL,
  breakdown {json} NOT NULL,
  actor TEXT NOT NULL,
  created_at {int} NOT NULL,
  PRIMARY KEY (org_id, id)
){keyed};
CREATE INDEX assignment_batch_source ON assignment_batch (org_id, source_no, created_at);

-- A step of a pool: a pick by the policy, a pick by a person, a hand-back. `verdicts`: one byte per slot.
CREATE TABLE assignment (
  org_id {int} NOT NULL,
  assignment_no {int} NOT NULL,
  kind TEXT NOT NULL CHECK ({oneof kind: pick|manual|hand_back}),
  lead_no {int} NOT NULL,
  source_no {int} NOT NULL,
  pool_seq {int} NOT NULL,
  agent_no {int} NOT NULL,
  slot {int},
  method TEXT NOT NULL CHECK ({oneof method: fair|round_robin|fewest|manual}),
  trigger TEXT NOT NULL CHECK ({oneof trigger: create|import|save|run|sweep|manual}),
  config_version {int} NOT NULL,
  rule_version {int} NOT NULL,
  verdicts {bytes} NOT NULL,
  share_paid {bool} NOT NULL,
  total_before {int} NOT NULL,
  total_after {int} NOT NULL,
  batch_id {uuid},
  reason TEXT,
  actor TEXT NOT NULL,
  created_at {int} NOT NULL,
  PRIMARY KEY (org_id, assignment_no)
){keyed};
CREATE UNIQUE INDEX assignment_step ON assignment (org_id, source_no, pool_seq);
CREATE INDEX assignment_lead ON assignment (org_id, lead_no);
CREATE INDEX assignment_agent ON assignment (org_id, agent_no, assignment_no);

CREATE TABLE import (
  org_id {int} NOT NULL,
  import_no {int} NOT NULL,
  id {uuid} NOT NULL,
  source_no {int} NOT NULL,
  state TEXT NOT NULL CHECK ({oneof state: queued|running|done|failed}),
  file_name TEXT NOT NULL,
  spool TEXT NOT NULL,
  options {json} NOT NULL,
  plan {json},
  resume {json},
  bytes_total {int} NOT NULL,
  bytes_read {int} NOT NULL,
  row_count {int} NOT NULL,
  accepted {int} NOT NULL,
  duplicates {int} NOT NULL,
  rejected {int} NOT NULL,
  assigned {int} NOT NULL,
  message TEXT,
  batch_id {uuid} NOT NULL,
  worker TEXT,
  worker_until {int} NOT NULL,
  actor TEXT NOT NULL,
  created_at {int} NOT NULL,
  finished_at {int},
  PRIMARY KEY (org_id, import_no),
  UNIQUE (org_id, id),
  CHECK (row_count = accepted + duplicates + rejected)
){keyed};
CREATE INDEX import_unfinished ON import (org_id, import_no) WHERE state IN ('queued', 'running');

CREATE TABLE import_row_error (
  org_id {int} NOT NULL,
  import_no {int} NOT NULL,
  n {int} NOT NULL,
  kind TEXT NOT NULL CHECK ({oneof kind: rejected|duplicate}),
  line {int} NOT NULL,
  column_name TEXT NOT NULL,
  reason TEXT NOT NULL,
  original TEXT NOT NULL,
  PRIMARY KEY (org_id, import_no, n)
){keyed};

-- An upload waiting to be read, where nodes share only the database.
CREATE TABLE import_chunk (
  org_id {int} NOT NULL,
  spool TEXT NOT NULL,
  n {int} NOT NULL,
  data {bytes} NOT NULL,
  PRIMARY KEY (org_id, spool, n)
){strict};

CREATE TABLE outbox_event (
  org_id {int} NOT NULL,
  cursor {int} NOT NULL,
  id {uuid} NOT NULL,
  kind TEXT NOT NULL,
  data {json} NOT NULL,
  occurred_at {int} NOT NULL,
  PRIMARY KEY (org_id, cursor)
){keyed};

CREATE TABLE idempotency_key (
  org_id {int} NOT NULL,
  key TEXT NOT NULL,
  request_hash {bytes} NOT NULL,
  status {int} NOT NULL,
  answer TEXT NOT NULL,
  created_at {int} NOT NULL,
  PRIMARY KEY (org_id, key)
){keyed};
CREATE INDEX idempotency_key_age ON idempotency_key (created_at);

-- Background jobs: who may run one (a lease with a term), and how the last run went.
CREATE TABLE job_run (
  name TEXT NOT NULL PRIMARY KEY,
  holder TEXT,
  term {int} NOT NULL,
  lease_until {int} NOT NULL,
  last_started_at {int},
  last_finished_at {int},
  last_result TEXT,
  runs {int} NOT NULL
){keyed};

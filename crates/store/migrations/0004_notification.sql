-- Notifications of people, what they want to be told, and outgoing webhooks.

-- Ids are UUIDv7: a person's newest notification has the largest. What tells of many leads has the id of their batch,
-- so that the next part of the batch finds it and counts on.
CREATE TABLE notification (
  org_id {int} NOT NULL,
  user_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  kind TEXT NOT NULL CHECK ({oneof kind: lead_assigned|import_finished|leads_waiting|webhook_disabled|test}),
  title TEXT NOT NULL,
  message TEXT NOT NULL,
  lead_id {uuid},
  leads {int} NOT NULL,
  created_at {int} NOT NULL,
  read_at {int},
  PRIMARY KEY (org_id, user_id, id),
  FOREIGN KEY (org_id, user_id) REFERENCES "user" (org_id, id)
){keyed};

-- How many of them a person has not read.
CREATE TABLE notification_count (
  org_id {int} NOT NULL,
  user_id {uuid} NOT NULL,
  unread {int} NOT NULL CHECK (unread >= 0),
  PRIMARY KEY (org_id, user_id)
){keyed};

-- What differs from the usual: in the console yes, by e-mail no.
CREATE TABLE notification_preference (
  org_id {int} NOT NULL,
  user_id {uuid} NOT NULL,
  kind TEXT NOT NULL,
  in_app {bool} NOT NULL,
  email {bool} NOT NULL,
  PRIMARY KEY (org_id, user_id, kind)
){keyed};

-- When the staff was last told that leads of a source wait for nobody.
CREATE TABLE waiting_notice (
  org_id {int} NOT NULL,
  source_no {int} NOT NULL,
  told_at {int} NOT NULL,
  PRIMARY KEY (org_id, source_no)
){keyed};

-- Who wants to hear of events, by signed HTTP. `kinds`: NULL is every type. `cursor`: events up to here are deliveries.
CREATE TABLE webhook_endpoint (
  org_id {int} NOT NULL REFERENCES organization,
  id {uuid} NOT NULL,
  url TEXT NOT NULL,
  description TEXT NOT NULL,
  kinds {json},
  secret TEXT NOT NULL,
  old_secret TEXT,
  old_secret_until {int},
  active {bool} NOT NULL,
  disabled_reason TEXT,
  cursor {int} NOT NULL,
  actor TEXT NOT NULL,
  created_at {int} NOT NULL,
  changed_at {int} NOT NULL,
  PRIMARY KEY (org_id, id)
){keyed};

-- One event on its way to one endpoint, and how the last attempt went. Without a cursor it is a test.
CREATE TABLE webhook_delivery (
  org_id {int} NOT NULL,
  endpoint_id {uuid} NOT NULL,
  id {uuid} NOT NULL,
  event_id {uuid} NOT NULL,
  cursor {int},
  kind TEXT NOT NULL,
  state TEXT NOT NULL CHECK ({oneof state: pending|delivered|failed}),
  attempts {int} NOT NULL,
  next_at {int} NOT NULL,
  last_at {int},
  last_status {int},
  last_error TEXT,
  last_response TEXT,
  last_ms {int},
  created_at {int} NOT NULL,
  PRIMARY KEY (org_id, endpoint_id, id),
  FOREIGN KEY (org_id, endpoint_id) REFERENCES webhook_endpoint (org_id, id)
){keyed};
CREATE INDEX webhook_delivery_due ON webhook_delivery (org_id, endpoint_id, next_at, id) WHERE state = 'pending';

-- The live feed: whom an event concerns, whether rights changed, and tickets for sockets.

-- NULL: for everybody with the right to it; otherwise for this user only.
ALTER TABLE outbox_event ADD COLUMN user_id {uuid};
-- The agent whose lead it is about, or was until now: that agent sees it too.
ALTER TABLE outbox_event ADD COLUMN agent_no {int};

-- Moved on with every change of rights, so that other processes learn of it with the cursor.
ALTER TABLE org_counter ADD COLUMN access {int} NOT NULL DEFAULT 0;

-- A secret that opens one socket within seconds. `credential`: the hash of the secret it was asked for with; what that
-- may no longer do, the socket may not either.
CREATE TABLE ws_ticket (
  org_id {int} NOT NULL,
  secret_hash {bytes} NOT NULL UNIQUE,
  credential {bytes} NOT NULL,
  expires_at {int} NOT NULL,
  PRIMARY KEY (org_id, secret_hash)
){keyed};

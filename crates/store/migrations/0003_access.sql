-- Sign-in: sessions, one-time links, mail that waits, the audit log.

-- From when on what was proven of a user counts: a session signed in earlier may not be switched to it. Moved on by a
-- new password, a new role and a deactivation.
ALTER TABLE "user" ADD COLUMN access_from {int} NOT NULL DEFAULT 0;
CREATE INDEX user_email ON "user" (email_key);

-- Somebody who is signed in with a browser. Only the hash of the cookie's secret is here; an ended session is gone.
-- `proven`: the users {org, user} that the sign-in proved to be the same person; a switch stays among them.
CREATE TABLE session (
  org_id {int} NOT NULL,
  id {uuid} NOT NULL,
  user_id {uuid} NOT NULL,
  secret_hash {bytes} NOT NULL UNIQUE,
  method TEXT NOT NULL CHECK ({oneof method: password|link}),
  proven {json} NOT NULL,
  client TEXT NOT NULL,
  address TEXT NOT NULL,
  signed_in_at {int} NOT NULL,
  last_used_at {int} NOT NULL,
  expires_at {int} NOT NULL,
  PRIMARY KEY (org_id, id),
  FOREIGN KEY (org_id, user_id) REFERENCES "user" (org_id, id)
){keyed};
CREATE INDEX session_of_user ON session (org_id, user_id);
CREATE INDEX session_age ON session (expires_at);

-- Secrets that work once. `mailed`: it went to the user's address, so whoever uses it reads that mailbox.
CREATE TABLE one_time_link (
  org_id {int} NOT NULL,
  id {uuid} NOT NULL,
  user_id {uuid} NOT NULL,
  purpose TEXT NOT NULL CHECK ({oneof purpose: sign_in|reset}),
  secret_hash {bytes} NOT NULL UNIQUE,
  mailed {bool} NOT NULL,
  created_at {int} NOT NULL,
  expires_at {int} NOT NULL,
  used_at {int},
  PRIMARY KEY (org_id, id),
  FOREIGN KEY (org_id, user_id) REFERENCES "user" (org_id, id)
){keyed};
CREATE INDEX one_time_link_of_user ON one_time_link (org_id, user_id);
CREATE INDEX one_time_link_age ON one_time_link (expires_at);

-- Mail that waits or was sent. The address is the user's at the time of sending. A mail with a `link` has a {link} in
-- its body; the link is made when the mail goes out, so that no secret waits here.
CREATE TABLE mail (
  org_id {int} NOT NULL,
  id {uuid} NOT NULL,
  user_id {uuid} NOT NULL,
  subject TEXT NOT NULL,
  body TEXT NOT NULL,
  link TEXT CHECK (link IS NULL OR {oneof link: sign_in|reset}),
  state TEXT NOT NULL CHECK ({oneof state: waiting|sent|failed}),
  attempts {int} NOT NULL,
  due_at {int} NOT NULL,
  created_at {int} NOT NULL,
  ended_at {int},
  error TEXT,
  PRIMARY KEY (org_id, id),
  FOREIGN KEY (org_id, user_id) REFERENCES "user" (org_id, id)
){keyed};
CREATE INDEX mail_waiting ON mail (due_at) WHERE state = 'waiting';
CREATE INDEX mail_age ON mail (created_at);

-- Who changed what. `id` is a UUIDv7: newest first is largest first.
CREATE TABLE audit_log (
  org_id {int} NOT NULL,
  id {uuid} NOT NULL,
  actor TEXT NOT NULL,
  area TEXT NOT NULL,
  subject TEXT NOT NULL,
  what TEXT NOT NULL,
  created_at {int} NOT NULL,
  PRIMARY KEY (org_id, id)
){keyed};

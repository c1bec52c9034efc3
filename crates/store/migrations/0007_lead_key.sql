-- What first leads are known by: a phone (kind 0), an e-mail (1) or an external id (2), each with one first lead.
-- Beside the leads, not as indexes on them: a batch of keys is written sorted, which costs a third of keeping two
-- random indexes right row by row. `value`: the digits of the phone, or the 64-bit key of the text.
CREATE TABLE lead_key (
  org_id {int} NOT NULL,
  kind {int} NOT NULL CHECK (kind BETWEEN 0 AND 2),
  value {int} NOT NULL,
  lead_no {int} NOT NULL,
  PRIMARY KEY (org_id, kind, value)
){keyed};
INSERT INTO lead_key (org_id, kind, value, lead_no)
  SELECT org_id, 0, phone, lead_no FROM lead WHERE phone IS NOT NULL AND duplicate_of IS NULL ORDER BY org_id, phone;
INSERT INTO lead_key (org_id, kind, value, lead_no)
  SELECT org_id, 1, email_key, lead_no FROM lead WHERE email_key IS NOT NULL AND duplicate_of IS NULL ORDER BY org_id, email_key;
INSERT INTO lead_key (org_id, kind, value, lead_no)
  SELECT org_id, 2, external_key, lead_no FROM lead WHERE external_key IS NOT NULL AND duplicate_of IS NULL ORDER BY org_id, external_key;
DROP INDEX lead_phone;
DROP INDEX lead_email;
DROP INDEX lead_external;

-- Files that are on disk and were looked at, on their way to an import.

-- One that is not started within a day goes, with its bytes.
CREATE TABLE upload (
  org_id {int} NOT NULL REFERENCES organization,
  id {uuid} NOT NULL,
  file_name TEXT NOT NULL,
  spool TEXT NOT NULL,
  bytes {int} NOT NULL,
  actor TEXT NOT NULL,
  created_at {int} NOT NULL,
  PRIMARY KEY (org_id, id)
){keyed};

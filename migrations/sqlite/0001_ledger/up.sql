-- The ledger: append-only events with a gapless sequence, and the head of their RFC 6962 tree.
CREATE TABLE ledger_entries (
  -- INTEGER, so that the table itself is ordered by it and no second tree is kept.
  seq INTEGER NOT NULL PRIMARY KEY,
  recorded_at TIMESTAMP NOT NULL,
  kind TEXT NOT NULL,
  subject_kind TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  -- The canonical bytes (RFC 8785) that were hashed; the columns beside it only serve queries.
  entry TEXT NOT NULL,
  leaf_hash BLOB NOT NULL
);
CREATE INDEX ledger_entries_subject ON ledger_entries (subject_id, seq);

CREATE TABLE ledger_head (
  id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
  size BIGINT NOT NULL,
  recorded_at TIMESTAMP NOT NULL,
  root BLOB NOT NULL,
  frontier BLOB NOT NULL
);
-- SHA-256 of nothing: the root of the empty tree (RFC 6962, 2.1).
INSERT INTO ledger_head (id, size, recorded_at, root, frontier)
VALUES (1, 0, '2000-01-01 00:00:00', X'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', X'');

CREATE TABLE idempotency_keys (
  actor TEXT NOT NULL,
  key TEXT NOT NULL,
  request_hash TEXT NOT NULL,
  answer TEXT NOT NULL,
  recorded_at TIMESTAMP NOT NULL,
  PRIMARY KEY (actor, key)
) WITHOUT ROWID;
CREATE INDEX idempotency_keys_age ON idempotency_keys (recorded_at);

-- Secrets the program made for itself because the configuration gave none.
CREATE TABLE secrets (
  name TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
);

-- Nobody rewrites the ledger, not even with SQL in hand.
CREATE TRIGGER ledger_entries_no_update BEFORE UPDATE ON ledger_entries
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER ledger_entries_no_delete BEFORE DELETE ON ledger_entries
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER ledger_head_no_delete BEFORE DELETE ON ledger_head
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
-- INSERT OR REPLACE deletes without firing the delete trigger.
CREATE TRIGGER ledger_entries_no_replace BEFORE INSERT ON ledger_entries
WHEN EXISTS (SELECT 1 FROM ledger_entries WHERE seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;

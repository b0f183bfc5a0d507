-- The ledger: append-only events with a gapless sequence, and the head of their RFC 6962 tree.
CREATE TABLE ledger_entries (
  seq BIGINT NOT NULL PRIMARY KEY,
  recorded_at TIMESTAMP NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  subject_kind TEXT COLLATE "C" NOT NULL,
  subject_id TEXT COLLATE "C" NOT NULL,
  -- The canonical bytes (RFC 8785) that were hashed; the columns beside it only serve queries.
  entry TEXT COLLATE "C" NOT NULL,
  leaf_hash BYTEA NOT NULL
);
CREATE INDEX ledger_entries_subject ON ledger_entries (subject_id, seq);

CREATE TABLE ledger_head (
  id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
  size BIGINT NOT NULL,
  recorded_at TIMESTAMP NOT NULL,
  root BYTEA NOT NULL,
  frontier BYTEA NOT NULL
);
-- SHA-256 of nothing: the root of the empty tree (RFC 6962, 2.1).
INSERT INTO ledger_head (id, size, recorded_at, root, frontier)
VALUES (1, 0, '2000-01-01 00:00:00', '\xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', '');

CREATE TABLE idempotency_keys (
  actor TEXT COLLATE "C" NOT NULL,
  key TEXT COLLATE "C" NOT NULL,
  request_hash TEXT COLLATE "C" NOT NULL,
  answer TEXT COLLATE "C" NOT NULL,
  recorded_at TIMESTAMP NOT NULL,
  PRIMARY KEY (actor, key)
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (recorded_at);

-- Secrets the program made for itself because the configuration gave none.
CREATE TABLE secrets (
  name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  value TEXT COLLATE "C" NOT NULL
);

-- Nobody rewrites the ledger, not even with SQL in hand.
CREATE FUNCTION refuse_ledger_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$;
CREATE TRIGGER ledger_entries_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entries
FOR EACH STATEMENT EXECUTE FUNCTION refuse_ledger_change();
CREATE TRIGGER ledger_head_no_delete BEFORE DELETE OR TRUNCATE ON ledger_head
FOR EACH STATEMENT EXECUTE FUNCTION refuse_ledger_change();

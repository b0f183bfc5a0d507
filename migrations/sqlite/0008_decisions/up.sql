-- What a decision needs to be made again: by which engine, from which inputs, and which part of the ledger it knew.
ALTER TABLE assessment_runs ADD COLUMN known_seq BIGINT NOT NULL DEFAULT 0;
ALTER TABLE decisions ADD COLUMN known_seq BIGINT NOT NULL DEFAULT 0;
ALTER TABLE decisions ADD COLUMN engine_version BIGINT NOT NULL DEFAULT 0;
ALTER TABLE decisions ADD COLUMN inputs_hash TEXT NOT NULL DEFAULT '';
ALTER TABLE decisions ADD COLUMN moves_digest TEXT NOT NULL DEFAULT '';
ALTER TABLE decision_heads ADD COLUMN moves_digest TEXT NOT NULL DEFAULT '';

-- Past decisions that would come out otherwise by what is known now: a work list. At most one row a decision.
CREATE TABLE late_findings (
  id TEXT NOT NULL PRIMARY KEY,
  decision_id TEXT NOT NULL UNIQUE,
  enterprise_id TEXT NOT NULL,
  rule_set TEXT NOT NULL,
  as_of DATE NOT NULL,
  -- What differs: where the enterprise belongs or moves, only some criteria, or only figures.
  effect TEXT NOT NULL CHECK (effect IN ('OUTCOME', 'CRITERIA', 'FIGURES')),
  -- The ledger entry that brought it to light, and who recorded that.
  cause_seq BIGINT NOT NULL,
  cause_kind TEXT NOT NULL,
  cause_by TEXT NOT NULL,
  outcome_then TEXT NOT NULL,
  pool_then TEXT,
  digest_then TEXT NOT NULL,
  version_now BIGINT NOT NULL,
  rule_hash_now TEXT NOT NULL,
  outcome_now TEXT NOT NULL,
  pool_now TEXT,
  digest_now TEXT NOT NULL,
  found_at TIMESTAMP NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('OPEN', 'DISMISSED', 'ACTED', 'RESOLVED')),
  reason TEXT,
  decided_by TEXT,
  decided_at TIMESTAMP,
  seq BIGINT NOT NULL,
  -- Whoever recorded what changed does not say that nothing follows from it.
  CHECK (state <> 'DISMISSED' OR (decided_by IS NOT NULL AND decided_by <> cause_by))
);
CREATE INDEX late_findings_state ON late_findings (state, id);
CREATE INDEX late_findings_enterprise ON late_findings (enterprise_id, id);

-- How far the ledger has been looked through for late facts. While a rule version is being followed through the
-- decisions, sweep_seq is its entry and sweep_after the last decision looked at.
CREATE TABLE late_cursor (
  id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
  seq BIGINT NOT NULL,
  sweep_seq BIGINT,
  sweep_after TEXT
);

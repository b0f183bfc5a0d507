-- Published documents of the bureau by name (kind and code, as RULE_SET/POOLS) and version; none changes once it stands here.
CREATE TABLE document_versions (
  name TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  effective_from DATE NOT NULL,
  hash TEXT COLLATE "C" NOT NULL,
  document TEXT COLLATE "C" NOT NULL,
  recorded_at TIMESTAMP NOT NULL,
  seq BIGINT NOT NULL,
  PRIMARY KEY (name, version),
  UNIQUE (name, effective_from, hash)
);

CREATE TABLE assessment_runs (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  run_no BIGINT NOT NULL UNIQUE,
  rule_set TEXT COLLATE "C" NOT NULL,
  rule_version BIGINT NOT NULL,
  rule_hash TEXT COLLATE "C" NOT NULL,
  as_of DATE NOT NULL,
  known_at TIMESTAMP NOT NULL,
  filter TEXT COLLATE "C" NOT NULL,
  dry_run BOOLEAN NOT NULL,
  yearly BOOLEAN NOT NULL,
  state TEXT COLLATE "C" NOT NULL CHECK (state IN ('RUNNING', 'COMPLETED', 'FAILED')),
  done BIGINT NOT NULL,
  total BIGINT NOT NULL,
  summary TEXT COLLATE "C" NOT NULL,
  created_by TEXT COLLATE "C" NOT NULL,
  created_at TIMESTAMP NOT NULL,
  finished_at TIMESTAMP,
  seq BIGINT NOT NULL
);

-- A decision stands until a later run decides otherwise: a run stores only what changed.
CREATE TABLE decisions (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  enterprise_id TEXT COLLATE "C" NOT NULL,
  rule_set TEXT COLLATE "C" NOT NULL,
  rule_version BIGINT NOT NULL,
  rule_hash TEXT COLLATE "C" NOT NULL,
  run_no BIGINT NOT NULL,
  as_of DATE NOT NULL,
  known_at TIMESTAMP NOT NULL,
  outcome TEXT COLLATE "C" NOT NULL,
  pool TEXT COLLATE "C",
  digest TEXT COLLATE "C" NOT NULL,
  inputs TEXT COLLATE "C" NOT NULL,
  result TEXT COLLATE "C" NOT NULL,
  hash TEXT COLLATE "C" NOT NULL,
  seq BIGINT NOT NULL
);
CREATE UNIQUE INDEX decisions_enterprise ON decisions (enterprise_id, rule_set, run_no);

-- The digest of each enterprise's latest decision: what a run compares with.
CREATE TABLE decision_heads (
  enterprise_id TEXT COLLATE "C" NOT NULL,
  rule_set TEXT COLLATE "C" NOT NULL,
  decision_id TEXT COLLATE "C" NOT NULL,
  digest TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (enterprise_id, rule_set)
);

-- 在库: one row a state; a changed state is a new row and the old one gets superseded_at.
CREATE TABLE memberships (
  id TEXT COLLATE "C" NOT NULL,
  seq BIGINT NOT NULL,
  enterprise_id TEXT COLLATE "C" NOT NULL,
  pool TEXT COLLATE "C" NOT NULL CHECK (pool IN ('STARTER', 'ACCELERATION', 'SPRINT')),
  started_on DATE NOT NULL,
  ended_on DATE,
  exit_reason TEXT COLLATE "C",
  failures INTEGER NOT NULL,
  last_yearly INTEGER,
  at_risk_since DATE,
  extended_until DATE,
  extension_reason TEXT COLLATE "C",
  override_until DATE,
  override_reason TEXT COLLATE "C",
  movement_id TEXT COLLATE "C",
  recorded_at TIMESTAMP NOT NULL,
  superseded_at TIMESTAMP,
  PRIMARY KEY (id, seq),
  CHECK (ended_on IS NULL OR ended_on >= started_on)
);
CREATE UNIQUE INDEX memberships_current ON memberships (enterprise_id) WHERE superseded_at IS NULL AND ended_on IS NULL;
CREATE INDEX memberships_enterprise ON memberships (enterprise_id, started_on);
CREATE INDEX memberships_pool ON memberships (pool, id);

-- A proposed change of pool on its way through endorsement and approval. Maker is never checker, here too.
CREATE TABLE pool_movements (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  enterprise_id TEXT COLLATE "C" NOT NULL,
  district_code TEXT COLLATE "C" NOT NULL,
  kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('ADMISSION', 'PROMOTION', 'DEMOTION', 'EXIT', 'GRADUATION', 'RETENTION')),
  from_pool TEXT COLLATE "C",
  to_pool TEXT COLLATE "C",
  exit_reason TEXT COLLATE "C",
  state TEXT COLLATE "C" NOT NULL CHECK (state IN ('PROPOSED', 'ENDORSED', 'APPROVED', 'EFFECTIVE', 'REJECTED', 'SUPERSEDED')),
  decision_id TEXT COLLATE "C",
  run_id TEXT COLLATE "C",
  failed_criteria TEXT COLLATE "C" NOT NULL,
  proposed_by TEXT COLLATE "C" NOT NULL,
  proposed_at TIMESTAMP NOT NULL,
  endorsed_by TEXT COLLATE "C",
  endorsed_at TIMESTAMP,
  decided_by TEXT COLLATE "C",
  decided_at TIMESTAMP,
  reason TEXT COLLATE "C",
  effective_on DATE,
  until DATE,
  extension BOOLEAN NOT NULL,
  seq BIGINT NOT NULL,
  CHECK (endorsed_by IS NULL OR endorsed_by <> proposed_by),
  CHECK (state <> 'ENDORSED' OR endorsed_by IS NOT NULL),
  CHECK (state NOT IN ('APPROVED', 'EFFECTIVE') OR (decided_by IS NOT NULL AND (endorsed_by IS NOT NULL OR decided_by = 'system:automatic'))),
  CHECK (decided_by IS NULL OR (decided_by <> proposed_by AND (endorsed_by IS NULL OR decided_by <> endorsed_by)) OR decided_by = 'system:automatic')
);
CREATE UNIQUE INDEX pool_movements_open ON pool_movements (enterprise_id) WHERE state IN ('PROPOSED', 'ENDORSED', 'APPROVED');
CREATE INDEX pool_movements_state ON pool_movements (state, id);
CREATE INDEX pool_movements_enterprise ON pool_movements (enterprise_id, id);

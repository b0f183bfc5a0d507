-- A version of a document (name: its kind and code, as RULE_SET/POOLS) before it is published: one row a state; a changed state is a new row and the old one gets
-- superseded_at. Who made it never approves it, here too.
CREATE TABLE document_drafts (
  name TEXT NOT NULL,
  version BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('DRAFT', 'APPROVED', 'PUBLISHED', 'WITHDRAWN')),
  document TEXT NOT NULL,
  document_hash TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_at TIMESTAMP NOT NULL,
  edited_by TEXT NOT NULL,
  edited_at TIMESTAMP NOT NULL,
  approved_by TEXT,
  approved_at TIMESTAMP,
  published_by TEXT,
  reason TEXT,
  recorded_at TIMESTAMP NOT NULL,
  superseded_at TIMESTAMP,
  PRIMARY KEY (name, version, seq),
  CHECK (approved_by IS NULL OR (approved_by <> created_by AND approved_by <> edited_by)),
  CHECK (state NOT IN ('APPROVED', 'PUBLISHED') OR approved_by IS NOT NULL)
);
CREATE UNIQUE INDEX document_drafts_current ON document_drafts (name, version) WHERE superseded_at IS NULL;

-- Golden cases of a version: what is replaced or taken away stays readable by what was known.
CREATE TABLE document_cases (
  name TEXT NOT NULL,
  version BIGINT NOT NULL,
  id TEXT NOT NULL,
  seq BIGINT NOT NULL,
  body TEXT NOT NULL,
  added_by TEXT NOT NULL,
  recorded_at TIMESTAMP NOT NULL,
  superseded_at TIMESTAMP,
  superseded_by TEXT,
  PRIMARY KEY (name, version, id, seq)
);
CREATE UNIQUE INDEX document_cases_current ON document_cases (name, version, id) WHERE superseded_at IS NULL;

-- 免测: a boundary that no case has to show, by a person and with a reason. It holds while the document says the same at its
-- place; what is taken back or lapses stays readable by what was known.
CREATE TABLE document_waivers (
  name TEXT NOT NULL,
  version BIGINT NOT NULL,
  boundary TEXT NOT NULL,
  place_hash TEXT NOT NULL,
  seq BIGINT NOT NULL,
  what_zh TEXT NOT NULL,
  what_en TEXT NOT NULL,
  reason TEXT NOT NULL CHECK (reason <> ''),
  -- The document it was given for; a later version may have inherited it.
  document_hash TEXT NOT NULL,
  waived_by TEXT NOT NULL,
  waived_at TIMESTAMP NOT NULL,
  recorded_at TIMESTAMP NOT NULL,
  superseded_at TIMESTAMP,
  superseded_by TEXT,
  PRIMARY KEY (name, version, boundary, place_hash, seq)
);
CREATE UNIQUE INDEX document_waivers_current ON document_waivers (name, version, boundary, place_hash) WHERE superseded_at IS NULL;

CREATE TABLE document_test_runs (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  version BIGINT NOT NULL,
  document_hash TEXT NOT NULL,
  cases_hash TEXT NOT NULL,
  passed BOOLEAN NOT NULL,
  -- Of the report, so that a list need not read it.
  case_count BIGINT NOT NULL,
  failed_count BIGINT NOT NULL,
  missing_count BIGINT NOT NULL,
  report TEXT NOT NULL,
  run_by TEXT NOT NULL,
  run_at TIMESTAMP NOT NULL,
  seq BIGINT NOT NULL
);
CREATE INDEX document_test_runs_version ON document_test_runs (name, version, seq);

-- 废止: from the day after no version that was there is in force. Proposed by one, decided by another.
CREATE TABLE document_retirements (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('PROPOSED', 'APPROVED', 'REJECTED', 'WITHDRAWN')),
  effective_until DATE NOT NULL,
  reason TEXT NOT NULL,
  proposed_by TEXT NOT NULL,
  proposed_at TIMESTAMP NOT NULL,
  decided_by TEXT,
  decided_at TIMESTAMP,
  decision_reason TEXT,
  seq BIGINT NOT NULL,
  -- Whoever has the machine in hand (system:cli) acts alone.
  CHECK (decided_by IS NULL OR decided_by <> proposed_by OR state = 'WITHDRAWN' OR decided_by LIKE 'system:%'),
  -- Only who proposed it takes it back.
  CHECK (state <> 'WITHDRAWN' OR decided_by = proposed_by),
  CHECK ((state = 'PROPOSED') = (decided_by IS NULL)),
  CHECK ((decided_by IS NULL) = (decided_at IS NULL))
);
CREATE UNIQUE INDEX document_retirements_open ON document_retirements (name) WHERE state = 'PROPOSED';
CREATE INDEX document_retirements_in_force ON document_retirements (name, seq) WHERE state = 'APPROVED';
-- What was proposed is what is decided, and decided once.
CREATE TRIGGER document_retirements_fixed BEFORE UPDATE ON document_retirements
WHEN OLD.state <> 'PROPOSED' OR NEW.id <> OLD.id OR NEW.name <> OLD.name OR NEW.effective_until <> OLD.effective_until
  OR NEW.reason <> OLD.reason OR NEW.proposed_by <> OLD.proposed_by OR NEW.proposed_at <> OLD.proposed_at
BEGIN SELECT RAISE(ABORT, 'what was proposed does not change'); END;
CREATE TRIGGER document_retirements_no_delete BEFORE DELETE ON document_retirements
BEGIN SELECT RAISE(ABORT, 'a retirement stays'); END;

-- What is published never changes, not even with SQL in hand.
CREATE TRIGGER document_versions_no_update BEFORE UPDATE ON document_versions
BEGIN SELECT RAISE(ABORT, 'a published version never changes'); END;
CREATE TRIGGER document_versions_no_delete BEFORE DELETE ON document_versions
BEGIN SELECT RAISE(ABORT, 'a published version never changes'); END;
-- INSERT OR REPLACE deletes without firing the delete trigger.
CREATE TRIGGER document_versions_no_replace BEFORE INSERT ON document_versions
WHEN EXISTS (SELECT 1 FROM document_versions WHERE name = NEW.name AND version = NEW.version)
BEGIN SELECT RAISE(ABORT, 'a published version never changes'); END;

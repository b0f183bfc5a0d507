-- A version of a document (name: its kind and code, as RULE_SET/POOLS) before it is published: one row a state; a changed state is a new row and the old one gets
-- superseded_at. Who made it never approves it, here too.
CREATE TABLE document_drafts (
  name TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  state TEXT COLLATE "C" NOT NULL CHECK (state IN ('DRAFT', 'APPROVED', 'PUBLISHED', 'WITHDRAWN')),
  document TEXT COLLATE "C" NOT NULL,
  document_hash TEXT COLLATE "C" NOT NULL,
  created_by TEXT COLLATE "C" NOT NULL,
  created_at TIMESTAMP NOT NULL,
  edited_by TEXT COLLATE "C" NOT NULL,
  edited_at TIMESTAMP NOT NULL,
  approved_by TEXT COLLATE "C",
  approved_at TIMESTAMP,
  published_by TEXT COLLATE "C",
  reason TEXT COLLATE "C",
  recorded_at TIMESTAMP NOT NULL,
  superseded_at TIMESTAMP,
  PRIMARY KEY (name, version, seq),
  CHECK (approved_by IS NULL OR (approved_by <> created_by AND approved_by <> edited_by)),
  CHECK (state NOT IN ('APPROVED', 'PUBLISHED') OR approved_by IS NOT NULL)
);
CREATE UNIQUE INDEX document_drafts_current ON document_drafts (name, version) WHERE superseded_at IS NULL;

-- Golden cases of a version: what is replaced or taken away stays readable by what was known.
CREATE TABLE document_cases (
  name TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  id TEXT COLLATE "C" NOT NULL,
  seq BIGINT NOT NULL,
  body TEXT COLLATE "C" NOT NULL,
  added_by TEXT COLLATE "C" NOT NULL,
  recorded_at TIMESTAMP NOT NULL,
  superseded_at TIMESTAMP,
  superseded_by TEXT COLLATE "C",
  PRIMARY KEY (name, version, id, seq)
);
CREATE UNIQUE INDEX document_cases_current ON document_cases (name, version, id) WHERE superseded_at IS NULL;

-- 免测: a boundary that no case has to show, by a person and with a reason. It holds while the document says the same at its
-- place; what is taken back or lapses stays readable by what was known.
CREATE TABLE document_waivers (
  name TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  boundary TEXT COLLATE "C" NOT NULL,
  place_hash TEXT COLLATE "C" NOT NULL,
  seq BIGINT NOT NULL,
  what_zh TEXT COLLATE "C" NOT NULL,
  what_en TEXT COLLATE "C" NOT NULL,
  reason TEXT COLLATE "C" NOT NULL CHECK (reason <> ''),
  -- The document it was given for; a later version may have inherited it.
  document_hash TEXT COLLATE "C" NOT NULL,
  waived_by TEXT COLLATE "C" NOT NULL,
  waived_at TIMESTAMP NOT NULL,
  recorded_at TIMESTAMP NOT NULL,
  superseded_at TIMESTAMP,
  superseded_by TEXT COLLATE "C",
  PRIMARY KEY (name, version, boundary, place_hash, seq)
);
CREATE UNIQUE INDEX document_waivers_current ON document_waivers (name, version, boundary, place_hash) WHERE superseded_at IS NULL;

CREATE TABLE document_test_runs (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  name TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  document_hash TEXT COLLATE "C" NOT NULL,
  cases_hash TEXT COLLATE "C" NOT NULL,
  passed BOOLEAN NOT NULL,
  -- Of the report, so that a list need not read it.
  case_count BIGINT NOT NULL,
  failed_count BIGINT NOT NULL,
  missing_count BIGINT NOT NULL,
  report TEXT COLLATE "C" NOT NULL,
  run_by TEXT COLLATE "C" NOT NULL,
  run_at TIMESTAMP NOT NULL,
  seq BIGINT NOT NULL
);
CREATE INDEX document_test_runs_version ON document_test_runs (name, version, seq);

-- 废止: from the day after no version that was there is in force. Proposed by one, decided by another.
CREATE TABLE document_retirements (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  name TEXT COLLATE "C" NOT NULL,
  state TEXT COLLATE "C" NOT NULL CHECK (state IN ('PROPOSED', 'APPROVED', 'REJECTED', 'WITHDRAWN')),
  effective_until DATE NOT NULL,
  reason TEXT COLLATE "C" NOT NULL,
  proposed_by TEXT COLLATE "C" NOT NULL,
  proposed_at TIMESTAMP NOT NULL,
  decided_by TEXT COLLATE "C",
  decided_at TIMESTAMP,
  decision_reason TEXT COLLATE "C",
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
CREATE FUNCTION refuse_rule_retirement_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN RAISE EXCEPTION 'a retirement stays'; END IF;
  IF OLD.state <> 'PROPOSED' OR (NEW.id, NEW.name, NEW.effective_until, NEW.reason, NEW.proposed_by, NEW.proposed_at)
    IS DISTINCT FROM (OLD.id, OLD.name, OLD.effective_until, OLD.reason, OLD.proposed_by, OLD.proposed_at)
  THEN RAISE EXCEPTION 'what was proposed does not change'; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER document_retirements_fixed BEFORE UPDATE OR DELETE ON document_retirements
FOR EACH ROW EXECUTE FUNCTION refuse_rule_retirement_change();

-- What is published never changes, not even with SQL in hand.
CREATE FUNCTION refuse_rule_version_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'a published version never changes'; END $$;
CREATE TRIGGER document_versions_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON document_versions
FOR EACH STATEMENT EXECUTE FUNCTION refuse_rule_version_change();

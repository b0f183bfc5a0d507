-- Enterprises as they stand now. What was true or known on another date is in enterprise_versions.
CREATE TABLE enterprises (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  uscc TEXT COLLATE "C" NOT NULL UNIQUE,
  uscc_override_reason TEXT COLLATE "C",
  name TEXT COLLATE "C" NOT NULL,
  name_sort TEXT COLLATE "C" NOT NULL,
  district_code TEXT COLLATE "C" NOT NULL,
  park TEXT COLLATE "C",
  registered_on DATE NOT NULL,
  industry_code TEXT COLLATE "C" NOT NULL,
  legal_status TEXT COLLATE "C" NOT NULL CHECK (legal_status IN ('ACTIVE', 'DEREGISTERED', 'LICENCE_REVOKED', 'MOVED_OUT')),
  -- The commitment to the contact in force; the contact itself stands in personal_values.
  contact_commitment TEXT COLLATE "C",
  -- The pool of the membership in force, kept beside it so that lists need no join.
  pool TEXT COLLATE "C" CHECK (pool IN ('STARTER', 'ACCELERATION', 'SPRINT')),
  -- The ledger sequence of the last change: row version, ETag and the search index's cursor in one.
  seq BIGINT NOT NULL,
  created_at TIMESTAMP NOT NULL,
  updated_at TIMESTAMP NOT NULL
);
CREATE INDEX enterprises_name ON enterprises (name_sort, id);
CREATE INDEX enterprises_district_pool ON enterprises (district_code, pool, name_sort, id);
-- Nobody lists the firms of no pool, and every firm begins as one.
CREATE INDEX enterprises_pool ON enterprises (pool, name_sort, id) WHERE pool IS NOT NULL;
CREATE INDEX enterprises_registered_on ON enterprises (registered_on, id);
-- Order of last change: sort by updated_at, and where the search index takes up again.
CREATE INDEX enterprises_seq ON enterprises (seq);

-- Every state of an enterprise, with the date it holds from and the instant it was recorded.
CREATE TABLE enterprise_versions (
  enterprise_id TEXT COLLATE "C" NOT NULL,
  seq BIGINT NOT NULL,
  effective_from DATE NOT NULL,
  recorded_at TIMESTAMP NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  district_code TEXT COLLATE "C" NOT NULL,
  park TEXT COLLATE "C",
  registered_on DATE NOT NULL,
  industry_code TEXT COLLATE "C" NOT NULL,
  legal_status TEXT COLLATE "C" NOT NULL,
  contact_commitment TEXT COLLATE "C",
  -- A back-dated change may record several states, each for its day.
  PRIMARY KEY (enterprise_id, seq, effective_from)
);

-- Personal values live here and nowhere else, so that they can be erased; events hold only the commitment.
CREATE TABLE personal_values (
  subject_id TEXT COLLATE "C" NOT NULL,
  commitment TEXT COLLATE "C" NOT NULL,
  salt TEXT COLLATE "C" NOT NULL,
  value TEXT COLLATE "C" NOT NULL,
  recorded_at TIMESTAMP NOT NULL,
  -- The subject first: its values lie together, and new ones at the end.
  PRIMARY KEY (subject_id, commitment)
);

-- What somebody stated about a fiscal year (year) or from a date on (effective_from). Later statements win; nothing is overwritten.
CREATE TABLE fact_statements (
  enterprise_id TEXT COLLATE "C" NOT NULL,
  seq BIGINT NOT NULL,
  year INTEGER,
  effective_from DATE,
  facts TEXT COLLATE "C" NOT NULL,
  evidence TEXT COLLATE "C" NOT NULL CHECK (evidence IN ('ENTITY_SUPPLIED', 'DOCUMENTED', 'DEPARTMENT_MATCHED', 'AUDITED')),
  source TEXT COLLATE "C" NOT NULL,
  recorded_by TEXT COLLATE "C" NOT NULL,
  recorded_at TIMESTAMP NOT NULL,
  -- Whether it still decides the value of a fact, or is the last one about its year or about dated facts. Derived from the statements.
  stands BOOLEAN NOT NULL,
  -- What stands lies together, so that reading it takes as long whatever was stated before.
  PRIMARY KEY (enterprise_id, stands, seq),
  CHECK ((year IS NULL) <> (effective_from IS NULL))
);

-- Titles held. A corrected row keeps its id; the old state gets superseded_at. Validity on a date is computed.
CREATE TABLE certifications (
  id TEXT COLLATE "C" NOT NULL,
  seq BIGINT NOT NULL,
  enterprise_id TEXT COLLATE "C" NOT NULL,
  scheme TEXT COLLATE "C" NOT NULL,
  number TEXT COLLATE "C" NOT NULL,
  valid_from DATE NOT NULL,
  valid_through DATE,
  issuer TEXT COLLATE "C",
  document TEXT COLLATE "C",
  recorded_by TEXT COLLATE "C" NOT NULL,
  recorded_at TIMESTAMP NOT NULL,
  superseded_at TIMESTAMP,
  PRIMARY KEY (id, seq),
  CHECK (valid_through IS NULL OR valid_through >= valid_from)
);
CREATE INDEX certifications_enterprise ON certifications (enterprise_id, scheme);
CREATE UNIQUE INDEX certifications_number ON certifications (enterprise_id, scheme, number) WHERE superseded_at IS NULL;

CREATE TABLE imports (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  created_by TEXT COLLATE "C" NOT NULL,
  created_at TIMESTAMP NOT NULL,
  files_hash TEXT COLLATE "C" NOT NULL,
  report TEXT COLLATE "C" NOT NULL
);

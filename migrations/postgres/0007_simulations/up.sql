-- What-if (推演): two versions of the rules over the same firms on the same day. Kept whole, so that a published version
-- can be traced to what was expected of it.
CREATE TABLE simulations (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  rule_set TEXT COLLATE "C" NOT NULL,
  base_version BIGINT NOT NULL,
  base_hash TEXT COLLATE "C" NOT NULL,
  proposed_version BIGINT,
  proposed_hash TEXT COLLATE "C" NOT NULL,
  change TEXT COLLATE "C" NOT NULL,
  document TEXT COLLATE "C" NOT NULL,
  as_of DATE NOT NULL,
  known_at TIMESTAMP NOT NULL,
  filter TEXT COLLATE "C" NOT NULL,
  state TEXT COLLATE "C" NOT NULL CHECK (state IN ('RUNNING', 'COMPLETED', 'FAILED')),
  total BIGINT NOT NULL,
  moved BIGINT NOT NULL,
  summary TEXT COLLATE "C" NOT NULL,
  summary_hash TEXT COLLATE "C" NOT NULL,
  created_by TEXT COLLATE "C" NOT NULL,
  created_at TIMESTAMP NOT NULL,
  finished_at TIMESTAMP,
  seq BIGINT NOT NULL
);

-- Who would stand elsewhere, in the order of the firms' ids.
CREATE TABLE simulation_movements (
  simulation_id TEXT COLLATE "C" NOT NULL,
  place BIGINT NOT NULL,
  enterprise_id TEXT COLLATE "C" NOT NULL,
  district_code TEXT COLLATE "C" NOT NULL,
  industry_code TEXT COLLATE "C" NOT NULL,
  size_class TEXT COLLATE "C" NOT NULL,
  stood TEXT COLLATE "C" NOT NULL,
  stands TEXT COLLATE "C" NOT NULL,
  direction TEXT COLLATE "C" NOT NULL,
  criteria TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (simulation_id, place)
);
CREATE INDEX simulation_movements_district ON simulation_movements (simulation_id, district_code, place);
CREATE INDEX simulation_movements_direction ON simulation_movements (simulation_id, direction, place);

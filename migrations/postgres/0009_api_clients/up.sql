-- 代理机构: whoever acts for enterprises that have delegated to it.
CREATE TABLE agencies (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  uscc TEXT COLLATE "C" NOT NULL UNIQUE,
  name TEXT COLLATE "C" NOT NULL,
  state TEXT COLLATE "C" NOT NULL CHECK (state IN ('ACTIVE', 'DISABLED')),
  created_by TEXT COLLATE "C" NOT NULL,
  created_at TIMESTAMP NOT NULL,
  updated_at TIMESTAMP NOT NULL,
  seq BIGINT NOT NULL
);

-- 委托: an enterprise lets an agency act for it, within named rights and until a day.
CREATE TABLE delegations (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  enterprise_id TEXT COLLATE "C" NOT NULL,
  agency_id TEXT COLLATE "C" NOT NULL,
  valid_from DATE NOT NULL,
  valid_through DATE NOT NULL,
  made_by TEXT COLLATE "C" NOT NULL,
  made_at TIMESTAMP NOT NULL,
  revoked_by TEXT COLLATE "C",
  revoked_at TIMESTAMP,
  seq BIGINT NOT NULL,
  CHECK (valid_through >= valid_from),
  CHECK ((revoked_by IS NULL) = (revoked_at IS NULL))
);
CREATE INDEX delegations_agency ON delegations (agency_id, enterprise_id);
CREATE INDEX delegations_enterprise ON delegations (enterprise_id, id);

CREATE TABLE delegation_scopes (
  delegation_id TEXT COLLATE "C" NOT NULL,
  scope TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (delegation_id, scope)
);

-- A program that acts for one enterprise, or for an agency.
CREATE TABLE api_clients (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  name TEXT COLLATE "C" NOT NULL,
  enterprise_id TEXT COLLATE "C",
  agency_id TEXT COLLATE "C",
  -- Names of rights and address ranges, divided by blanks.
  scopes TEXT COLLATE "C" NOT NULL,
  addresses TEXT COLLATE "C" NOT NULL,
  state TEXT COLLATE "C" NOT NULL CHECK (state IN ('ACTIVE', 'DISABLED')),
  created_by TEXT COLLATE "C" NOT NULL,
  created_at TIMESTAMP NOT NULL,
  updated_at TIMESTAMP NOT NULL,
  seq BIGINT NOT NULL,
  CHECK ((enterprise_id IS NULL) <> (agency_id IS NULL))
);
CREATE INDEX api_clients_enterprise ON api_clients (enterprise_id, id);

-- Keys of API clients; of a key only its hash stands here. Two places to a client, so that one can take the other's turn.
CREATE TABLE api_keys (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  client_id TEXT COLLATE "C" NOT NULL,
  place INTEGER NOT NULL CHECK (place IN (1, 2)),
  kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('LIVE', 'TEST')),
  hint TEXT COLLATE "C" NOT NULL,
  hash TEXT COLLATE "C" NOT NULL UNIQUE,
  created_by TEXT COLLATE "C" NOT NULL,
  created_at TIMESTAMP NOT NULL,
  expires_at TIMESTAMP NOT NULL,
  ended_by TEXT COLLATE "C",
  ended_at TIMESTAMP,
  last_used_at TIMESTAMP,
  seq BIGINT NOT NULL
);
CREATE UNIQUE INDEX api_keys_place ON api_keys (client_id, place) WHERE ended_at IS NULL;
CREATE INDEX api_keys_client ON api_keys (client_id, id);

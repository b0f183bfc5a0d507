-- Long work that a client follows at /v1/operations/{id}.
CREATE TABLE operations (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  kind TEXT COLLATE "C" NOT NULL,
  state TEXT COLLATE "C" NOT NULL CHECK (state IN ('RUNNING', 'SUCCEEDED', 'FAILED')),
  done BIGINT NOT NULL,
  total BIGINT NOT NULL,
  result_url TEXT COLLATE "C",
  problem TEXT COLLATE "C",
  created_by TEXT COLLATE "C" NOT NULL,
  created_at TIMESTAMP NOT NULL,
  updated_at TIMESTAMP NOT NULL
);

CREATE TABLE export_files (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  created_by TEXT COLLATE "C" NOT NULL,
  -- Of the account when it asked: once its role or bounds are others, the file is nobody's.
  epoch BIGINT NOT NULL,
  created_at TIMESTAMP NOT NULL,
  file_name TEXT COLLATE "C" NOT NULL,
  media_type TEXT COLLATE "C" NOT NULL,
  content BYTEA NOT NULL
);

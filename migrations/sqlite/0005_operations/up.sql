-- Long work that a client follows at /v1/operations/{id}.
CREATE TABLE operations (
  id TEXT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('RUNNING', 'SUCCEEDED', 'FAILED')),
  done BIGINT NOT NULL,
  total BIGINT NOT NULL,
  result_url TEXT,
  problem TEXT,
  created_by TEXT NOT NULL,
  created_at TIMESTAMP NOT NULL,
  updated_at TIMESTAMP NOT NULL
);

CREATE TABLE export_files (
  id TEXT NOT NULL PRIMARY KEY,
  created_by TEXT NOT NULL,
  -- Of the account when it asked: once its role or bounds are others, the file is nobody's.
  epoch BIGINT NOT NULL,
  created_at TIMESTAMP NOT NULL,
  file_name TEXT NOT NULL,
  media_type TEXT NOT NULL,
  content BLOB NOT NULL
);

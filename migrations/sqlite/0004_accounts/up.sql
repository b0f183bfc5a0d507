CREATE TABLE users (
  id TEXT NOT NULL PRIMARY KEY,
  username TEXT NOT NULL UNIQUE,
  password_hash TEXT NOT NULL,
  role TEXT NOT NULL,
  district_code TEXT,
  enterprise_id TEXT,
  state TEXT NOT NULL CHECK (state IN ('ACTIVE', 'DISABLED')),
  -- Raised by every change that must end running sessions.
  epoch BIGINT NOT NULL,
  created_at TIMESTAMP NOT NULL,
  updated_at TIMESTAMP NOT NULL,
  seq BIGINT NOT NULL
);

-- A log-in and the refresh tokens that grew from it. Only hashes stand here.
CREATE TABLE sessions (
  id TEXT NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL,
  refresh_hash TEXT NOT NULL UNIQUE,
  created_at TIMESTAMP NOT NULL,
  refreshed_at TIMESTAMP NOT NULL,
  expires_at TIMESTAMP NOT NULL,
  ended_at TIMESTAMP,
  end_reason TEXT
);
CREATE INDEX sessions_user ON sessions (user_id);

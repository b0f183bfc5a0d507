CREATE TABLE users (
  id TEXT NOT NULL PRIMARY KEY,
  username TEXT NOT NULL UNIQUE,
  -- Before the PHC string stands the pepper's id, if there is one.
  password_hash TEXT NOT NULL,
  password_changed_at TIMESTAMP NOT NULL,
  -- Chosen by whoever made the account: its owner has to choose another one.
  password_provisional BOOLEAN NOT NULL,
  -- Whether the account has a confirmed second factor: read at every request, so it stands here too.
  second_factor BOOLEAN NOT NULL,
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

-- The latest passwords, the present one among them, so that they do not come again.
CREATE TABLE password_history (
  user_id TEXT NOT NULL,
  seq BIGINT NOT NULL,
  password_hash TEXT NOT NULL,
  PRIMARY KEY (user_id, seq)
);

-- A log-in and the refresh tokens that grew from it. Only hashes stand here.
CREATE TABLE sessions (
  id TEXT NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL,
  refresh_hash TEXT NOT NULL UNIQUE,
  -- Where the log-in came from, so that its owner recognises it.
  address TEXT,
  created_at TIMESTAMP NOT NULL,
  refreshed_at TIMESTAMP NOT NULL,
  expires_at TIMESTAMP NOT NULL,
  ended_at TIMESTAMP,
  end_reason TEXT
);
CREATE INDEX sessions_user ON sessions (user_id, expires_at);
CREATE INDEX sessions_expiry ON sessions (expires_at);

-- Time-based one-time passwords (RFC 6238). The secret is sealed under the master secret.
CREATE TABLE second_factors (
  user_id TEXT NOT NULL PRIMARY KEY,
  sealed_secret TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('PENDING', 'ACTIVE')),
  -- The step of the last code that was taken: neither it nor an earlier one is taken again.
  last_step BIGINT NOT NULL,
  created_at TIMESTAMP NOT NULL
);

-- For who has lost the device. Each has 120 random bits, so a plain hash tells nothing.
CREATE TABLE recovery_codes (
  user_id TEXT NOT NULL,
  code_hash TEXT NOT NULL,
  PRIMARY KEY (user_id, code_hash)
);

-- One-time tokens with which an owner sets the password nobody else has seen.
CREATE TABLE account_setups (
  token_hash TEXT NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL,
  created_at TIMESTAMP NOT NULL,
  expires_at TIMESTAMP NOT NULL
);
CREATE INDEX account_setups_user ON account_setups (user_id);

-- The keys that sign access tokens. The private half is sealed under the master secret.
CREATE TABLE signing_keys (
  kid TEXT NOT NULL PRIMARY KEY,
  sealed_key TEXT NOT NULL,
  created_at TIMESTAMP NOT NULL,
  -- Published at once, but used only from here on: other processes shall have seen it first.
  signs_from TIMESTAMP NOT NULL,
  -- Set when another takes its place.
  good_until TIMESTAMP,
  -- Somebody may know it: from then on nothing it signed is good, whatever a clock says.
  withdrawn_at TIMESTAMP
);

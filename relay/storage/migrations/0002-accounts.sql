-- Who may come in: users, sign-ins (one row per token family), refresh tokens, one-time codes, and the audit of what people did.
CREATE TABLE users (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL UNIQUE,          -- lower case, NFKC: two users never differ by case only
  role TEXT NOT NULL,                     -- admin | user | viewer
  password_hash TEXT,
  created_at INTEGER NOT NULL,
  deleted_at INTEGER
);
CREATE TABLE sign_ins (
  sid TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users(id),
  kind TEXT NOT NULL,                     -- access | cli
  role_cap TEXT,                          -- a token can be weaker than its user, never stronger
  agent TEXT,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  revoked_at INTEGER
);
CREATE INDEX sign_ins_by_user ON sign_ins(user_id);
CREATE TABLE refresh_tokens (
  hash TEXT PRIMARY KEY,
  sid TEXT NOT NULL REFERENCES sign_ins(sid),
  issued_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  replaced_at INTEGER
);
CREATE TABLE sign_in_codes (
  hash TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users(id),
  loopback_only INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER
);
CREATE TABLE audit (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  user_id TEXT,
  username TEXT NOT NULL,
  action TEXT NOT NULL,
  session_id TEXT,
  detail TEXT NOT NULL,                   -- JSON
  address TEXT,
  agent TEXT
);
CREATE INDEX audit_by_session ON audit(session_id, at);
-- Raised by every change of users or sign-ins, also by the command line: a running relay looks at it twice a second.
CREATE TABLE account_changes (one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL);
INSERT INTO account_changes VALUES (1, 1);

-- API tokens: each is a sign-in of kind `api`, so that what ends a sign-in ends it too. Where sign-ins came from, and the audit as it is looked through.
CREATE TABLE api_tokens (
  sid TEXT PRIMARY KEY REFERENCES sign_ins(sid),
  hash TEXT NOT NULL UNIQUE,              -- the token itself is shown once and nowhere kept
  name TEXT NOT NULL,
  scopes TEXT NOT NULL,                   -- separated by spaces
  ending TEXT NOT NULL,                   -- its last characters, for people to tell it by
  used_at INTEGER                         -- to the hour
);
ALTER TABLE sign_ins ADD COLUMN address TEXT;
CREATE INDEX refresh_tokens_by_sign_in ON refresh_tokens(sid);

-- 1: an admin did to a session what only the rights of an admin allowed.
ALTER TABLE audit ADD COLUMN as_admin INTEGER NOT NULL DEFAULT 0;
CREATE INDEX audit_by_user ON audit(user_id, id);
CREATE INDEX audit_by_action ON audit(action, id);
CREATE INDEX audit_by_time ON audit(at);

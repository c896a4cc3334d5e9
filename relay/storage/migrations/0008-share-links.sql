-- Links with which somebody without an account reads one session. The secret itself is kept nowhere.
CREATE TABLE share_links (
  id TEXT PRIMARY KEY,
  session_id TEXT NOT NULL REFERENCES sessions(id),
  hash TEXT NOT NULL,
  created_by TEXT NOT NULL REFERENCES users(id),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER,
  revoked_at INTEGER
);
CREATE INDEX share_links_by_session ON share_links(session_id);
-- A new link was never asked for, and that it is used changes no right.
CREATE TRIGGER share_links_changed AFTER UPDATE OF session_id, created_by, expires_at, revoked_at ON share_links BEGIN UPDATE rights_version SET version = version + 1; END;
CREATE TRIGGER share_links_gone AFTER DELETE ON share_links BEGIN UPDATE rights_version SET version = version + 1; END;

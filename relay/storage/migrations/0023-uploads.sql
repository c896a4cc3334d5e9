-- Files that still grow: their bytes lie beside, and how far they have come is their length on the disk. And where in a dropped folder a file lay.
CREATE TABLE uploads (
  id TEXT PRIMARY KEY,                    -- of the file that it becomes, chosen by its sender
  session_id TEXT,
  user_id TEXT NOT NULL,
  filename TEXT NOT NULL,
  folder TEXT NOT NULL,
  content_type TEXT NOT NULL,             -- as the sender says
  size INTEGER NOT NULL,
  blob TEXT NOT NULL UNIQUE,
  sha256 TEXT,                            -- what the sender says that it is, once that was said
  created_at INTEGER NOT NULL
);
CREATE INDEX uploads_by_user ON uploads(user_id);
CREATE INDEX uploads_by_session ON uploads(session_id);
ALTER TABLE files ADD COLUMN folder TEXT NOT NULL DEFAULT '';
CREATE INDEX files_by_user ON files(user_id);

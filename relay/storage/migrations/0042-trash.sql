-- The trash is listed, and emptied, by when what lies in it was deleted.
CREATE INDEX sessions_trashed ON sessions(deleted_at, id) WHERE deleted_at IS NOT NULL;

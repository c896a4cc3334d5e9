-- Where a session's Claude was told that a file lies: it stays there, whatever comes later. NULL until it was told.
ALTER TABLE files ADD COLUMN handed_path TEXT;
-- What somebody has is counted with each file that comes: without a look at the rows themselves.
DROP INDEX files_by_user;
CREATE INDEX files_of_user ON files(user_id, blob, size) WHERE deleted_at IS NULL;
CREATE INDEX files_of_session ON files(session_id, blob, size) WHERE deleted_at IS NULL;

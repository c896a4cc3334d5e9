-- How much of a session was copied when it began, from another or from the terminal, and by whom: what somebody has copied is bounded, whoever owns it later.
ALTER TABLE sessions ADD COLUMN copied_by TEXT;
ALTER TABLE sessions ADD COLUMN copied_bytes BIGINT NOT NULL DEFAULT 0;
CREATE INDEX sessions_copied ON sessions(copied_by, copied_bytes) WHERE copied_by IS NOT NULL;

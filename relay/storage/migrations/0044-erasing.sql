-- Since when a session is being erased: from then on nobody brings it back, and an erasing that was cut off goes on.
ALTER TABLE sessions ADD COLUMN erasing_at BIGINT;
CREATE INDEX sessions_erasing ON sessions(id) WHERE erasing_at IS NOT NULL;

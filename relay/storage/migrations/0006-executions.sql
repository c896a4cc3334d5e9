-- Executions as scripts see them: how their session's process works, what was asked along with them, and lists by time.
ALTER TABLE sessions ADD COLUMN tools TEXT;          -- JSON, the built-in tools on offer; null: all
ALTER TABLE sessions ADD COLUMN max_turns INTEGER;   -- steps of one answer; null: as many as it takes
ALTER TABLE executions ADD COLUMN metadata TEXT;     -- JSON, kept for whoever asked
ALTER TABLE executions ADD COLUMN without_deltas INTEGER NOT NULL DEFAULT 0;
CREATE INDEX executions_by_time ON executions(created_at, id);

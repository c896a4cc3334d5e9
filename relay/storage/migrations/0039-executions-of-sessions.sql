-- The latest executions of a session, also those of one status: whoever sees few sessions does not walk through what ran in all the others.
DROP INDEX executions_by_session;
CREATE INDEX executions_by_session ON executions(session_id, created_at, id);
CREATE INDEX executions_by_session_status ON executions(session_id, status, created_at, id);

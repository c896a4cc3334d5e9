-- Which sessions are one's own is read from the index alone: lists and searches begin with it, however many there are.
DROP INDEX participants_by_user;
CREATE INDEX participants_by_user ON participants(user_id, session_id, removed_at, role);
-- In the order in which an execution names those that it goes on with.
DROP INDEX executions_continued;
CREATE INDEX executions_continued ON executions(continued_by, created_at, id) WHERE continued_by IS NOT NULL;

-- Where the work of an execution went on that had ended before its question was answered: whoever began it finds the rest.
ALTER TABLE executions ADD COLUMN continued_by TEXT;
CREATE INDEX executions_continued ON executions(continued_by) WHERE continued_by IS NOT NULL;

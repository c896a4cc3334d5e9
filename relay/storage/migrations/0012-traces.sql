-- Under which id a prompt's request, its turn and its end are found in the log.
ALTER TABLE executions ADD COLUMN trace_id TEXT;
ALTER TABLE queued_prompts ADD COLUMN trace_id TEXT;

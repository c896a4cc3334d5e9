-- The event log and what is committed with it. Times are milliseconds since 1970, data is JSON text.
CREATE TABLE meta (
  name TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
);

-- One row per event: numbered in its home channel and, when it belongs to an execution, in that as well.
CREATE TABLE events (
  channel TEXT NOT NULL,
  seq BIGINT NOT NULL,
  task TEXT,
  task_seq BIGINT,
  bytes INTEGER NOT NULL,
  timestamp BIGINT NOT NULL,
  type TEXT NOT NULL,
  data TEXT NOT NULL
);
CREATE UNIQUE INDEX events_by_channel ON events (channel, seq);
CREATE UNIQUE INDEX events_by_task ON events (task, task_seq) WHERE task IS NOT NULL;

-- The highest seq given in a channel, which outlives its events, and the highest one that was trimmed away.
CREATE TABLE tops (
  channel TEXT NOT NULL PRIMARY KEY,
  seq BIGINT NOT NULL,
  trimmed BIGINT NOT NULL DEFAULT 0
);

-- Results of commands by the id that their user gave them: a repeated command is answered and not done again.
CREATE TABLE answers (
  user_id TEXT NOT NULL,
  id TEXT NOT NULL,
  hash TEXT NOT NULL,
  outcome TEXT NOT NULL,
  result TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (user_id, id)
);
CREATE INDEX answers_by_age ON answers (at);

-- Text of the blocks that are being written; a row goes in the commit of the event that completes its block.
CREATE TABLE open_blocks (
  channel TEXT NOT NULL,
  message_id TEXT NOT NULL,
  task TEXT NOT NULL,
  type TEXT NOT NULL,
  head TEXT NOT NULL,
  content TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (channel, message_id)
);

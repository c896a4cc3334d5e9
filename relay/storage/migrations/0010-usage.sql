-- What Claude used. Of the relay: one row per turn and model, written in the commit that ends the turn; it outlives session and user.
-- Of the terminal: one row per answer of the API, read from the transcripts that the CLI leaves in its own folder.
CREATE TABLE usage (
  entry TEXT PRIMARY KEY,                 -- turn and model, or message and request of the API: counted once
  source TEXT NOT NULL,                   -- relay | terminal
  session_id TEXT NOT NULL,               -- of the terminal: the CLI's conversation
  execution_id TEXT,
  workspace_id TEXT,
  user_id TEXT,                           -- who prompted; null: a turn that nobody asked for, and all of the terminal
  username TEXT,
  model TEXT NOT NULL,
  at INTEGER NOT NULL,                    -- when it ended
  turns INTEGER NOT NULL,                 -- 1 in one row of each turn
  input_tokens INTEGER NOT NULL,
  output_tokens INTEGER NOT NULL,
  cache_read_tokens INTEGER NOT NULL,
  cache_write_tokens INTEGER NOT NULL,
  cost_micros INTEGER,                    -- millionths of a US dollar; null: nobody knows the price
  estimated INTEGER NOT NULL DEFAULT 0,   -- by our table of prices, not by the CLI's word
  duration_ms INTEGER,                    -- of the turn, in the row that counts it
  ttft_ms INTEGER
);
CREATE INDEX usage_by_time ON usage(at);
CREATE INDEX usage_by_user ON usage(user_id, at);
CREATE INDEX usage_by_session ON usage(session_id, at);

-- What earlier versions kept beside each turn. A share per model stands only where there were several.
INSERT OR IGNORE INTO usage
SELECT e.id || ':' || coalesce(json_extract(m.value, '$.model'), json_extract(e.stats, '$.model')), 'relay', e.session_id, e.id, s.workspace_id, e.user_id, e.username,
  coalesce(json_extract(m.value, '$.model'), json_extract(e.stats, '$.model')), coalesce(e.ended_at, e.created_at), coalesce(m.key, 0) = 0,
  coalesce(json_extract(m.value, '$.input_tokens'), json_extract(e.stats, '$.input_tokens'), 0),
  coalesce(json_extract(m.value, '$.output_tokens'), json_extract(e.stats, '$.output_tokens'), 0),
  coalesce(json_extract(m.value, '$.cache_read_tokens'), json_extract(e.stats, '$.cache_read_tokens'), 0),
  coalesce(json_extract(m.value, '$.cache_write_tokens'), json_extract(e.stats, '$.cache_write_tokens'), 0),
  CAST(round(coalesce(json_extract(m.value, '$.cost_usd'), json_extract(e.stats, '$.cost_usd'), 0) * 1000000) AS INTEGER), 0,
  CASE WHEN coalesce(m.key, 0) = 0 THEN json_extract(e.stats, '$.duration_ms') END,
  CASE WHEN coalesce(m.key, 0) = 0 THEN json_extract(e.stats, '$.ttft_ms') END
FROM executions e JOIN sessions s ON s.id = e.session_id LEFT JOIN json_each(e.stats, '$.models') m
WHERE e.stats IS NOT NULL AND e.stats <> 'null' AND json_extract(e.stats, '$.model') IS NOT NULL;

-- How far each transcript was read.
CREATE TABLE terminal_files (
  path TEXT PRIMARY KEY,
  inode TEXT NOT NULL,
  read_bytes INTEGER NOT NULL
);
-- Answers of the API that were the relay's own: copied into a transcript of the terminal they are not counted again.
CREATE TABLE own_answers (entry TEXT PRIMARY KEY) WITHOUT ROWID;

-- What a user may cost in a day. The row of '' holds for everybody who has none; without a limit nobody is stopped.
CREATE TABLE budgets (
  user_id TEXT PRIMARY KEY,
  limit_micros INTEGER,
  warn_percent INTEGER NOT NULL,
  set_by TEXT NOT NULL,
  set_at INTEGER NOT NULL
);

-- Workspaces, sessions and who is in them, executions with their queue and permission requests, and uploaded files.
CREATE TABLE workspaces (
  id TEXT PRIMARY KEY,
  path TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  owner_id TEXT,                          -- null: the default workspace, owned by the admins
  is_default INTEGER NOT NULL DEFAULT 0,
  trusted_hash TEXT,                      -- what was trusted: a hash of what the folder would run
  trusted_by TEXT,
  trusted_at INTEGER,
  created_at INTEGER NOT NULL,
  removed_at INTEGER
);
CREATE TABLE workspace_members (
  workspace_id TEXT NOT NULL REFERENCES workspaces(id),
  user_id TEXT NOT NULL REFERENCES users(id),
  PRIMARY KEY (workspace_id, user_id)
);
CREATE TABLE sessions (
  id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces(id),
  title TEXT NOT NULL,
  title_key TEXT NOT NULL DEFAULT '',     -- the title as it is searched: NFKC, lower case
  title_source TEXT NOT NULL,             -- prompt | person: a title of the first prompt gives way to a person's
  owner_id TEXT NOT NULL REFERENCES users(id),
  visibility TEXT NOT NULL,               -- workspace | private
  state TEXT NOT NULL,                    -- idle | running | waiting | stalled | failed | held
  activity TEXT,                          -- JSON, what the list shows on the second line
  model TEXT,
  permission_mode TEXT NOT NULL,
  system_prompt TEXT,
  conversation_id TEXT,                   -- the CLI's own id, whatever the last init said
  held_reason TEXT,                       -- person | crash
  held_by TEXT,
  next_hue INTEGER NOT NULL DEFAULT 0,    -- of the next person to join: never given twice
  forked_from TEXT,
  fork_pending TEXT,                      -- JSON: conversation to branch from at the first start of the process
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  archived_at INTEGER,
  deleted_at INTEGER
);
CREATE INDEX sessions_by_time ON sessions(updated_at);
CREATE TABLE participants (
  session_id TEXT NOT NULL REFERENCES sessions(id),
  user_id TEXT NOT NULL REFERENCES users(id),
  role TEXT NOT NULL,                     -- owner | collaborator | viewer
  hue INTEGER NOT NULL,                   -- order of joining, kept for the session's life
  joined_at INTEGER NOT NULL,
  removed_at INTEGER,                     -- a removal outranks visibility until the person is invited again
  removed_by TEXT,
  PRIMARY KEY (session_id, user_id)
);
CREATE INDEX participants_by_user ON participants(user_id);
CREATE TABLE reads (
  user_id TEXT NOT NULL,
  session_id TEXT NOT NULL,
  read_seq INTEGER NOT NULL,
  PRIMARY KEY (user_id, session_id)
);
-- What counts as unread: a list asks for it per session, and must not look at every step of every tool for it.
CREATE INDEX events_to_read ON events(channel, seq) WHERE type IN ('message', 'claude_response', 'permission_request');
CREATE TABLE executions (
  id TEXT PRIMARY KEY,
  session_id TEXT NOT NULL REFERENCES sessions(id),
  message_id TEXT,
  user_id TEXT,
  username TEXT,
  origin TEXT NOT NULL,                   -- prompt | background
  status TEXT NOT NULL,                   -- pending | running | completed | failed | interrupted | cancelled
  reason TEXT,
  progress REAL NOT NULL DEFAULT 0,
  prompt TEXT,
  error TEXT,                             -- JSON
  stats TEXT,                             -- JSON
  after_id TEXT,                          -- the turn that the conversation held last when this one began; null: it was empty
  conversation_id TEXT,                   -- the CLI's conversation and its last entry when the turn ended
  last_entry TEXT,
  created_at INTEGER NOT NULL,
  started_at INTEGER,
  ended_at INTEGER
);
CREATE INDEX executions_by_session ON executions(session_id, created_at);
CREATE INDEX executions_open ON executions(status) WHERE status IN ('pending', 'running');
CREATE TABLE queued_prompts (
  message_id TEXT PRIMARY KEY,
  session_id TEXT NOT NULL REFERENCES sessions(id),
  execution_id TEXT NOT NULL,
  place REAL NOT NULL,                    -- order within the session
  user_id TEXT NOT NULL,
  username TEXT NOT NULL,
  role TEXT NOT NULL,                     -- user | relay: who wrote the text
  content TEXT NOT NULL,
  attachments TEXT NOT NULL,              -- JSON
  mode TEXT NOT NULL,                     -- queue | steer
  queued_at INTEGER NOT NULL
);
CREATE INDEX queued_by_session ON queued_prompts(session_id, place);
CREATE TABLE permissions (
  request_id TEXT PRIMARY KEY,
  session_id TEXT NOT NULL REFERENCES sessions(id),
  execution_id TEXT NOT NULL,
  tool_use_id TEXT NOT NULL,
  tool TEXT NOT NULL,
  input_hash TEXT NOT NULL,               -- of the input that was shown
  request TEXT NOT NULL,                  -- JSON, the data of permission_request
  kind TEXT NOT NULL,                     -- tool | question | plan
  status TEXT NOT NULL,                   -- open | allowed | denied | withdrawn
  opened_at INTEGER NOT NULL,
  resolved_at INTEGER,
  resolved_by TEXT,
  resolved_name TEXT,
  scope TEXT,
  message TEXT,
  decision TEXT,                          -- JSON: updated input, answers
  pass TEXT                               -- null | owed | handed (on its way to its process) | ready (answered without one: an equal call passes once) | used
);
CREATE INDEX permissions_open ON permissions(session_id, status);
CREATE TABLE permission_rules (
  id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL,
  session_id TEXT,                        -- null: for every session of the workspace
  tool TEXT NOT NULL,
  content TEXT,
  created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL
);
CREATE INDEX permission_rules_by_workspace ON permission_rules(workspace_id);
-- Inputs and outputs of tools that are too long to be told to everybody.
CREATE TABLE tool_texts (
  session_id TEXT NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
  tool_use_id TEXT NOT NULL,
  part TEXT NOT NULL,                     -- input | output
  content TEXT NOT NULL,
  PRIMARY KEY (session_id, tool_use_id, part)
);
CREATE TABLE files (
  id TEXT PRIMARY KEY,
  session_id TEXT,
  user_id TEXT NOT NULL,
  filename TEXT NOT NULL,
  content_type TEXT NOT NULL,
  size INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  blob TEXT NOT NULL,                     -- name of the bytes in the data folder; the files of a fork share them
  created_at INTEGER NOT NULL,
  deleted_at INTEGER
);
CREATE INDEX files_by_blob ON files(blob);
CREATE INDEX files_by_session ON files(session_id);

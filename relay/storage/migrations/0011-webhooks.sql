-- What receivers are to be told of executions: a row from the prompt on, until it was told, given up and 30 days have passed.
CREATE TABLE webhook_deliveries (
  id TEXT PRIMARY KEY,                    -- the id of the event: the same at every attempt
  execution_id TEXT NOT NULL,
  user_id TEXT NOT NULL,                  -- who asked for it
  url TEXT NOT NULL,
  receiver TEXT NOT NULL,                 -- host and port: few at once to each
  secret TEXT NOT NULL,
  events TEXT NOT NULL,                   -- JSON: the types that are wanted
  state TEXT NOT NULL,                    -- waiting (the execution has not ended) | pending | delivered | failed
  type TEXT,                              -- from the end on: of the event
  body TEXT,                              -- from the end on: exactly what is sent, so that repeats are equal
  attempts INTEGER NOT NULL DEFAULT 0,
  next_at INTEGER,                        -- of the next attempt; null: there is none to come
  last_at INTEGER,
  last_ms INTEGER,
  last_status INTEGER,                    -- null: nobody answered
  last_problem TEXT,                      -- address | name | connection | tls | timeout | answer | status
  last_answer TEXT,                       -- the beginning of what was answered
  created_at INTEGER NOT NULL,
  settled_at INTEGER
);
CREATE INDEX webhook_deliveries_by_execution ON webhook_deliveries(execution_id);
CREATE INDEX webhook_deliveries_by_time ON webhook_deliveries(created_at, id);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries(next_at) WHERE state = 'pending';
CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries(execution_id) WHERE state = 'waiting';
-- An erased session takes along what was told of it.
CREATE TRIGGER webhook_deliveries_gone AFTER DELETE ON executions BEGIN DELETE FROM webhook_deliveries WHERE execution_id = OLD.id; END;

-- Conversations of the CLI that this relay has begun: what they hold is told by sessions and their rights only, also after
-- a session was erased, and never as one of the terminal's.
CREATE TABLE own_conversations (id TEXT PRIMARY KEY);
INSERT OR IGNORE INTO own_conversations SELECT conversation_id FROM sessions WHERE conversation_id IS NOT NULL;
INSERT OR IGNORE INTO own_conversations SELECT conversation_id FROM executions WHERE conversation_id IS NOT NULL;
CREATE TRIGGER conversation_begun AFTER UPDATE OF conversation_id ON sessions WHEN NEW.conversation_id IS NOT NULL BEGIN
  INSERT INTO own_conversations (id) SELECT NEW.conversation_id WHERE NOT EXISTS (SELECT 1 FROM own_conversations WHERE id = NEW.conversation_id);
END;
-- Which of the terminal's somebody has taken over, into which session.
CREATE TABLE terminal_imports (
  user_id TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  session_id TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (user_id, conversation_id)
);

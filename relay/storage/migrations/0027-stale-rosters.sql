-- Rosters show names, and who only looks on this relay. When either changes, whoever changes it, those in the same sessions are yet to be told.
ALTER TABLE participants ADD COLUMN stale INTEGER NOT NULL DEFAULT 0;
CREATE INDEX participants_stale ON participants(session_id) WHERE stale > 0;
CREATE TRIGGER rosters_stale AFTER UPDATE OF name, role ON users WHEN NEW.name <> OLD.name OR (NEW.role = 'viewer') <> (OLD.role = 'viewer') BEGIN
  UPDATE participants SET stale = stale + 1 WHERE user_id = NEW.id AND removed_at IS NULL;
END;

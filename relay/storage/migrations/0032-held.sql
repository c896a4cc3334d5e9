-- What a person and a session have of files, kept with each change: with tens of thousands of files a sum over all of them took the writer
-- longer than a commit. The same bytes count once; in a session each file is one, of a person the same bytes shared or forked are none.
CREATE TABLE held (
  owner TEXT NOT NULL PRIMARY KEY,        -- 'user ' or 'session ', and the id
  bytes BIGINT NOT NULL,
  files BIGINT NOT NULL
) WITHOUT ROWID;
INSERT INTO held SELECT 'user ' || user_id, SUM(size), COUNT(*) FROM (SELECT DISTINCT user_id, blob, size FROM files WHERE deleted_at IS NULL) GROUP BY user_id;
INSERT INTO held SELECT 'session ' || session_id, SUM(size), SUM(rows) FROM (SELECT session_id, MAX(size) AS size, COUNT(*) AS rows FROM files WHERE deleted_at IS NULL AND session_id IS NOT NULL GROUP BY session_id, blob) GROUP BY session_id;
DROP INDEX files_of_session;

CREATE TRIGGER held_more AFTER INSERT ON files WHEN NEW.deleted_at IS NULL BEGIN
  INSERT INTO held SELECT 'user ' || NEW.user_id, NEW.size, 1 WHERE NOT EXISTS (SELECT 1 FROM files WHERE blob = NEW.blob AND user_id = NEW.user_id AND deleted_at IS NULL AND id <> NEW.id)
    ON CONFLICT (owner) DO UPDATE SET bytes = bytes + excluded.bytes, files = files + excluded.files;
  INSERT INTO held SELECT 'session ' || NEW.session_id, CASE WHEN EXISTS (SELECT 1 FROM files WHERE blob = NEW.blob AND session_id = NEW.session_id AND deleted_at IS NULL AND id <> NEW.id) THEN 0 ELSE NEW.size END, 1 WHERE NEW.session_id IS NOT NULL
    ON CONFLICT (owner) DO UPDATE SET bytes = bytes + excluded.bytes, files = files + excluded.files;
END;

CREATE TRIGGER held_less AFTER DELETE ON files WHEN OLD.deleted_at IS NULL BEGIN
  UPDATE held SET bytes = bytes - OLD.size, files = files - 1
    WHERE owner = 'user ' || OLD.user_id AND NOT EXISTS (SELECT 1 FROM files WHERE blob = OLD.blob AND user_id = OLD.user_id AND deleted_at IS NULL);
  UPDATE held SET bytes = bytes - CASE WHEN EXISTS (SELECT 1 FROM files WHERE blob = OLD.blob AND session_id = OLD.session_id AND deleted_at IS NULL) THEN 0 ELSE OLD.size END, files = files - 1
    WHERE owner = 'session ' || OLD.session_id;
  DELETE FROM held WHERE owner IN ('user ' || OLD.user_id, 'session ' || OLD.session_id) AND files = 0;
END;

-- As if it were gone, and then as if it came.
CREATE TRIGGER held_other AFTER UPDATE OF user_id, session_id, deleted_at ON files BEGIN
  UPDATE held SET bytes = bytes - OLD.size, files = files - 1
    WHERE OLD.deleted_at IS NULL AND owner = 'user ' || OLD.user_id AND NOT EXISTS (SELECT 1 FROM files WHERE blob = OLD.blob AND user_id = OLD.user_id AND deleted_at IS NULL AND id <> OLD.id);
  UPDATE held SET bytes = bytes - CASE WHEN EXISTS (SELECT 1 FROM files WHERE blob = OLD.blob AND session_id = OLD.session_id AND deleted_at IS NULL AND id <> OLD.id) THEN 0 ELSE OLD.size END, files = files - 1
    WHERE OLD.deleted_at IS NULL AND owner = 'session ' || OLD.session_id;
  DELETE FROM held WHERE owner IN ('user ' || OLD.user_id, 'session ' || OLD.session_id) AND files = 0;
  INSERT INTO held SELECT 'user ' || NEW.user_id, NEW.size, 1 WHERE NEW.deleted_at IS NULL AND NOT EXISTS (SELECT 1 FROM files WHERE blob = NEW.blob AND user_id = NEW.user_id AND deleted_at IS NULL AND id <> NEW.id)
    ON CONFLICT (owner) DO UPDATE SET bytes = bytes + excluded.bytes, files = files + excluded.files;
  INSERT INTO held SELECT 'session ' || NEW.session_id, CASE WHEN EXISTS (SELECT 1 FROM files WHERE blob = NEW.blob AND session_id = NEW.session_id AND deleted_at IS NULL AND id <> NEW.id) THEN 0 ELSE NEW.size END, 1 WHERE NEW.deleted_at IS NULL AND NEW.session_id IS NOT NULL
    ON CONFLICT (owner) DO UPDATE SET bytes = bytes + excluded.bytes, files = files + excluded.files;
END;

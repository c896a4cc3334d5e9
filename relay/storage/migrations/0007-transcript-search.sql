-- The index of what people and Claude have said. The database keeps it itself, so that a text is found from the commit of
-- its event on, and no longer once it is erased. A text's rowid is the number of its session times 2^24, and its seq:
-- what one session says lies together, and nobody's search has to walk through what others wrote.
CREATE TABLE transcripts (
  number INTEGER PRIMARY KEY,
  channel TEXT NOT NULL UNIQUE,
  since BIGINT NOT NULL                   -- texts from this seq on are in the index; older ones are filled in by and by
);
INSERT INTO transcripts (channel, since) SELECT channel, seq + 1 FROM tops WHERE channel LIKE 'session:%' AND trimmed < seq;
-- Trigrams find parts of words, and languages that put no spaces between them. The texts themselves stay in the events.
CREATE VIRTUAL TABLE transcript_texts USING fts5(text, content = '', columnsize = 0, tokenize = 'trigram');

-- What is indexed of an event, or NULL: prompts, notes and answers, but not what an agent said to Claude or the relay wrote.
CREATE TRIGGER text_said AFTER INSERT ON events
WHEN NEW.type IN ('message', 'claude_response') AND NEW.channel LIKE 'session:%' AND json_valid(NEW.data)
BEGIN
  INSERT INTO transcripts (channel, since) SELECT NEW.channel, 1 WHERE NOT EXISTS (SELECT 1 FROM transcripts WHERE channel = NEW.channel);
  INSERT INTO transcript_texts (rowid, text)
    SELECT number * 16777216 + NEW.seq, substr(json_extract(NEW.data, '$.content'), 1, 32768) FROM transcripts
    WHERE channel = NEW.channel AND json_extract(NEW.data, '$.parent_tool_use_id') IS NULL AND json_extract(NEW.data, '$.role') IS NOT 'relay';
END;
CREATE TRIGGER text_erased AFTER DELETE ON events
WHEN OLD.type IN ('message', 'claude_response') AND OLD.channel LIKE 'session:%' AND json_valid(OLD.data)
BEGIN
  INSERT INTO transcript_texts (transcript_texts, rowid, text)
    SELECT 'delete', number * 16777216 + OLD.seq, substr(json_extract(OLD.data, '$.content'), 1, 32768) FROM transcripts
    WHERE channel = OLD.channel AND OLD.seq >= since AND json_extract(OLD.data, '$.parent_tool_use_id') IS NULL AND json_extract(OLD.data, '$.role') IS NOT 'relay';
END;

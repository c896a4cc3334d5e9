-- The questions that wait, counted without those that were answered long ago.
CREATE INDEX permissions_asked ON permissions(session_id) WHERE status = 'open';

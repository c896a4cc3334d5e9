-- A code that a sign-in has made ends with it; NULL: made at the console or by an admin.
ALTER TABLE sign_in_codes ADD COLUMN made_by TEXT;
-- When the identity provider said the role that was copied from its token, in its seconds: an older token brings none back.
ALTER TABLE users ADD COLUMN role_said_at INTEGER;

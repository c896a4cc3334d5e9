-- The half of a sign-in's secret that never is a cookie. Sign-ins from before have none: they end, and people sign in again.
ALTER TABLE sign_ins ADD COLUMN page_key_hash TEXT;

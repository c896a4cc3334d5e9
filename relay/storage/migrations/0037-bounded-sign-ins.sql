-- When a sign-in ends however often it is renewed: that of somebody whom an identity provider knows, with the token that began it.
ALTER TABLE sign_ins ADD COLUMN ends_at INTEGER;

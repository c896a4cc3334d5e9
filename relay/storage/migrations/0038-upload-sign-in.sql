-- Under which sign-in an upload was begun: what is whole when the relay starts again is finished under it, as far as it still stands.
-- NULL: of an identity provider, whose word ends with its token, or from before.
ALTER TABLE uploads ADD COLUMN sid TEXT;

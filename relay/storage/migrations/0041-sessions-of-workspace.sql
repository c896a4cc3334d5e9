-- All sessions of one workspace as admins list and count them: however many lie in others, none of those is walked through.
CREATE INDEX sessions_of_workspace ON sessions(workspace_id, archived_at, updated_at, id, state, owner_id) WHERE deleted_at IS NULL;
-- With the visibility in it, so that it stays the nearer one for whoever sees only what a workspace shows.
DROP INDEX sessions_shared;
CREATE INDEX sessions_shared ON sessions(workspace_id, visibility, archived_at, updated_at, id) WHERE visibility = 'workspace' AND deleted_at IS NULL;

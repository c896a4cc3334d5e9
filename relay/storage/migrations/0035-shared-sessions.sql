-- What a workspace shows to its members, in the order of lists: however many sessions others have for themselves, none of those is looked at.
CREATE INDEX sessions_shared ON sessions(workspace_id, archived_at, updated_at, id) WHERE visibility = 'workspace' AND deleted_at IS NULL;

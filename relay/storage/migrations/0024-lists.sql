-- Lists of all there is, also where there are a hundred thousand: in their order, and counted, without a look at every row of the table.
CREATE INDEX sessions_listed ON sessions(archived_at, updated_at, id, state, workspace_id, owner_id) WHERE deleted_at IS NULL;
CREATE INDEX sessions_by_owner ON sessions(owner_id, archived_at, updated_at, id) WHERE deleted_at IS NULL;
CREATE INDEX executions_by_status ON executions(status, created_at, id);
CREATE INDEX api_sign_ins ON sign_ins(created_at, sid, user_id) WHERE kind = 'api' AND revoked_at IS NULL;

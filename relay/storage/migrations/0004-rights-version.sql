-- Raised whenever a row that rights are decided by changes, whoever changes it: what was read of rights counts for one version.
-- New users, sign-ins and sessions raise nothing: what is not there is never remembered.
CREATE TABLE rights_version (one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL);
INSERT INTO rights_version VALUES (1, 1);

CREATE TRIGGER users_changed AFTER UPDATE OF id, name, role, deleted_at ON users BEGIN UPDATE rights_version SET version = version + 1; END;
CREATE TRIGGER users_gone AFTER DELETE ON users BEGIN UPDATE rights_version SET version = version + 1; END;
CREATE TRIGGER sign_ins_changed AFTER UPDATE ON sign_ins BEGIN UPDATE rights_version SET version = version + 1; END;
CREATE TRIGGER sign_ins_gone AFTER DELETE ON sign_ins BEGIN UPDATE rights_version SET version = version + 1; END;
CREATE TRIGGER sessions_changed AFTER UPDATE OF id, workspace_id, visibility, deleted_at ON sessions BEGIN UPDATE rights_version SET version = version + 1; END;
CREATE TRIGGER sessions_gone AFTER DELETE ON sessions BEGIN UPDATE rights_version SET version = version + 1; END;
CREATE TRIGGER workspaces_changed AFTER UPDATE OF id, owner_id, is_default, removed_at ON workspaces BEGIN UPDATE rights_version SET version = version + 1; END;
CREATE TRIGGER workspaces_gone AFTER DELETE ON workspaces BEGIN UPDATE rights_version SET version = version + 1; END;
CREATE TRIGGER workspace_members_new AFTER INSERT ON workspace_members BEGIN UPDATE rights_version SET version = version + 1; END;
CREATE TRIGGER workspace_members_changed AFTER UPDATE ON workspace_members BEGIN UPDATE rights_version SET version = version + 1; END;
CREATE TRIGGER workspace_members_gone AFTER DELETE ON workspace_members BEGIN UPDATE rights_version SET version = version + 1; END;
CREATE TRIGGER participants_new AFTER INSERT ON participants BEGIN UPDATE rights_version SET version = version + 1; END;
CREATE TRIGGER participants_changed AFTER UPDATE OF session_id, user_id, role, removed_at ON participants BEGIN UPDATE rights_version SET version = version + 1; END;
CREATE TRIGGER participants_gone AFTER DELETE ON participants BEGIN UPDATE rights_version SET version = version + 1; END;

// Who belongs to a workspace, as SQL: everybody to the default one, to the others their owner and those who were added.

/** Speaks of workspaces `w`. `user`: a column, or the user's id as a parameter, taken twice. */
export const belongsToWorkspace = (user = '?'): string =>
  `(w.is_default = 1 OR w.owner_id = ${user} OR EXISTS (SELECT 1 FROM workspace_members m WHERE m.workspace_id = w.id AND m.user_id = ${user}))`

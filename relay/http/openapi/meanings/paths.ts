// What the parts of paths stand for, by the part before them.
export const PATHS: Readonly<Record<string, string>> = {
  'sign-ins/:sid': 'A sign-in of yours: its `sid` in the list of them.',
  'tokens/:id': 'The `id` of an API token, not the token itself.',
  'users/:id': 'The `id` of a user.',
  'sessions/:id': 'The `session_id` of a session.',
  'participants/:user': 'The `user_id` of somebody who is in the session.',
  'links/:link': 'The `link_id` of a share link.',
  'workspaces/:id': 'The `id` of a workspace.',
  'members/:user': 'The `id` of a user.',
  'terminal-sessions/:conversation': 'The `conversation_id` of a conversation in the list of them.',
  'files/:id': 'The `file_id` of a file.',
  'archives/:id': 'What stands in the `url` that `createFileArchive` answered.',
  'tus/:id': 'The `file_id` of an upload: the last part of the Location that `beginUpload` answered.',
  'executions/:id': 'The `execution_id` of an execution.',
  'tools/:tool': 'The `tool_use_id` of a call, as `progress` told it; the whole address stands in `url` of its `input_cut` or `output_cut`.',
  ':tool/:part': 'Which of the two: `input` or `output`.',
  'budgets/:user': 'The `id` of a user, or `default` for everybody who has no budget of their own.',
  'deliveries/:id': 'The `delivery_id` of a webhook’s delivery.',
  'processes/:process': 'The `id` of a process of Claude, as `getStats` tells it.',
  'docs/:file': 'A file of the page, or `protocol.md`.',
}

/** Of each `:name` in a route's path, in their order. */
export function pathMeanings(path: string): { name: string; key: string }[] {
  const parts = path.split('/')
  return parts.flatMap((part, at) => (part.startsWith(':') ? [{ name: part.slice(1), key: `${parts[at - 1]}/${part}` }] : []))
}

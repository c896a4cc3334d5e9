// Whether a folder brings anything along that trust would be about.
import type { TrustReport } from '#protocol'

type Brought = Pick<TrustReport, 'hooks' | 'mcp_servers' | 'env' | 'claude_md' | 'scheduled' | 'incomplete'>

/** Not all of one that is incomplete was looked at. */
export const bringsAlong = ({ hooks, mcp_servers: servers, env, claude_md: memory, scheduled, incomplete }: Brought): boolean =>
  incomplete === true || [hooks, servers, env, memory, scheduled ?? []].some(({ length }) => length > 0)

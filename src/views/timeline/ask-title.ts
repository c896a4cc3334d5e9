// Which sentence heads a permission card: "Claude wants to run a command".
import type { PermissionRequest } from '#protocol'
import { describeCall } from '../../timeline/describe-tool.ts'
import { targetText } from './use-tool-label.ts'

type AskTitle = 'run' | 'edit' | 'write' | 'read' | 'fetch' | 'search' | 'mcp' | 'agent'

/** `what` is the name of the tool for the sentences that say it. */
export function askTitle({ tool, input }: Pick<PermissionRequest, 'tool' | 'input'>): { key: AskTitle; what: string } {
  const { verb, target, icon } = describeCall(tool, input)
  if (target?.kind === 'mcp') return { key: 'mcp', what: targetText(target) }
  if (verb === 'search' && icon !== 'globe') return { key: 'read', what: tool }
  if (verb === 'run' || verb === 'edit' || verb === 'write' || verb === 'fetch' || verb === 'search' || verb === 'agent') return { key: verb, what: tool }
  return verb === 'read' && target?.kind === 'path' ? { key: 'read', what: tool } : { key: 'mcp', what: tool }
}

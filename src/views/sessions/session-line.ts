// What a row of the list says of its session besides the title: which icon, which words. Pure.
import type { SessionRow } from '#protocol'

type RowIcon = 'waiting' | 'running' | 'stalled' | 'held' | 'failed' | 'done' | 'stopped' | 'idle'
/** `word`: a key under `sessions.row`; `age`: since when, for what waits; `at`: when it ended. */
type RowLine = { icon: RowIcon; word: string; age: number | null; at: number | null; reason: string | null; costUsd: number | null }

const ASKED: Readonly<Record<string, string>> = { Bash: 'wantsCommand', Edit: 'wantsEdit', Write: 'wantsWrite', NotebookEdit: 'wantsEdit', AskUserQuestion: 'asks', ExitPlanMode: 'plan' }
const DOING: Readonly<Record<string, string>> = { Read: 'reading', Grep: 'reading', Glob: 'reading', Edit: 'editing', Write: 'editing', NotebookEdit: 'editing' }

export function sessionLine(row: Pick<SessionRow, 'state' | 'activity' | 'updated_at'>): RowLine {
  const { activity } = row
  const line = { age: null, at: null, reason: null, costUsd: null }
  switch (row.state) {
    case 'waiting':
      return { ...line, icon: 'waiting', word: ASKED[activity?.waiting_for ?? ''] ?? 'needsAnswer', age: activity?.since ?? null }
    case 'running':
      return { ...line, icon: 'running', word: activity?.tool ? (DOING[activity.tool] ?? 'running') : 'answering' }
    case 'stalled':
      return { ...line, icon: 'stalled', word: 'stalled' }
    case 'held':
      return { ...line, icon: 'held', word: 'held' }
    case 'failed': {
      const reason = activity?.error || null
      return { ...line, icon: 'failed', word: reason === null ? 'failed' : 'failedBecause', reason }
    }
    case 'idle':
      if (activity?.interrupted) return { ...line, icon: 'stopped', word: 'stopped', costUsd: activity.cost_usd ?? null }
      if (!activity?.cost_usd) return { ...line, icon: 'idle', word: 'idle' }
      return { ...line, icon: 'done', word: 'done', at: row.updated_at, costUsd: activity.cost_usd }
  }
}

/** Two letters that tell a session from its neighbours in the narrow rail. */
export function railLetters(title: string): string {
  return [...title.trim()].slice(0, 2).join('')
}

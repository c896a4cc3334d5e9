// What a request is charged as, and what whoever asks too often is told.
import type { Route } from './route.ts'

export type Cost = 'request' | 'read' | 'upload' | 'piece' | 'claude_message'
export const tooMany: Record<Cost, string> = {
  request: 'too many changes at once',
  read: 'too many reads at once',
  upload: 'too many files at once',
  piece: 'too many pieces of files at once',
  claude_message: 'too many prompts at once',
}
export const costOf = (route: Route): Cost => route.direct ?? (route.method === 'GET' ? 'read' : route.rawBody ? 'upload' : 'request')

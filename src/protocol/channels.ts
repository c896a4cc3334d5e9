// The names of channels: `workspace:<id> session:<id> task:<execution id> user:<id> system broadcast`.
import * as z from 'zod/mini'
import { entityId } from './ids.ts'

export type ChannelKind = 'workspace' | 'session' | 'task' | 'user' | 'system' | 'broadcast'
export type Channel = { kind: ChannelKind; id: string | null }

const NAMED: readonly ChannelKind[] = ['workspace', 'session', 'task', 'user']

/** Takes a channel's name apart; null when it is not a channel. */
export function parseChannel(name: string): Channel | null {
  if (name === 'system' || name === 'broadcast') return { kind: name, id: null }
  const at = name.indexOf(':')
  const kind = NAMED.find((each) => each === name.slice(0, at))
  const id = name.slice(at + 1)
  return kind && entityId.safeParse(id).success ? { kind, id } : null
}

export const SYSTEM_CHANNEL = 'system'
export const sessionChannel = (id: string) => `session:${id}`
export const userChannel = (id: string) => `user:${id}`
export const workspaceChannel = (id: string) => `workspace:${id}`

export const channelName = z.string().check(
  z.maxLength(160),
  z.refine((name) => parseChannel(name) !== null, 'not a channel'),
)

/** How far a reader has read: a seq counts only together with the epoch of its database. */
export const position = z.object({ epoch: z.string().check(z.minLength(1), z.maxLength(64)), seq: z.int().check(z.nonnegative()) })
export type Position = z.infer<typeof position>

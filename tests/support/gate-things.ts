// Things of people of the gate's world, for others to lay hands on.
import { expect } from 'bun:test'
import type { GateWorld } from './gate-world.ts'
import { tusAppends, tusBegins } from './tus-sender.ts'

/** Of what everybody may about themselves: the owner's thing as somebody else names it, and what they are answered ('nothing': an empty list). `by` does the same with success. */
export type Foreign = { path: string; answer: 403 | 404 | 'nothing'; by?: 'owner' | 'admin'; headers?: Record<string, string> }

/** An upload of the owner that has just begun. */
export async function begun(world: GateWorld): Promise<Foreign> {
  const file_id = crypto.randomUUID()
  expect((await world.ask('owner', 'POST', '/files/tus', undefined, tusBegins({ filename: 'a.txt', file_id }, 2))).status).toBe(201)
  return { path: `/files/tus/${file_id}`, answer: 404, headers: tusAppends(0) }
}
/** The token of a browser that the owner signed in; that of the world is a console's. */
export const browserOf = async (world: GateWorld) => {
  const code = await world.relay.relay.auth.signIn.createCode(world.idOf('owner'), { loopbackOnly: false })
  return (await world.fetchWith(null, 'POST', '/auth/login', { code })).body.access_token as string
}
/** Told to nobody: an execution of the collaborator with a delivery that was given up, or is not due for long. */
export const deliveryIn = async (sessionId: string, world: GateWorld, state: 'failed' | 'pending' = 'failed') => {
  const id = `d-${sessionId}`
  const statements = [
    { sql: "INSERT INTO executions (id, session_id, user_id, username, origin, status, created_at) VALUES (?, ?, ?, 'collaborator', 'prompt', 'completed', 0)", params: [id, sessionId, world.idOf('collaborator')] },
    { sql: "INSERT INTO webhook_deliveries (id, execution_id, user_id, url, receiver, secret, events, state, type, body, created_at, next_at, settled_at) VALUES (?, ?, ?, 'https://127.0.0.1:9/', '127.0.0.1:9', 's', '[]', ?, 'execution.completed', '{}', 0, 9e12, 9e12)", params: [id, id, world.idOf('collaborator'), state] },
  ]
  expect((await world.storage.commit({ statements })).outcome).toBe('committed')
  return id
}

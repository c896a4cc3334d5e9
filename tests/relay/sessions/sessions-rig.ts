// Sessions, workspaces and files on a real database, real channels and real rights; only the executions are a rim.
import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Refused, type GlobalRole, type PermissionRequest, type Queue } from '#protocol'
import { createAnswers, type Answer, type Asked } from '../../../relay/answers/answers.ts'
import { createAuth, type Identity } from '../../../relay/auth/auth.ts'
import { newSecret } from '../../../relay/auth/secret.ts'
import { createChannels } from '../../../relay/channels/channels.ts'
import { createEvents, createTranscripts } from '../../../relay/events/events.ts'
import { createFiles } from '../../../relay/files/files.ts'
import { createLocalBlobs } from '../../../relay/files/local-blobs.ts'
import { createUploads, type UploadLimits } from '../../../relay/uploads/uploads.ts'
import { createSessions, type AccessLost, type SessionRunner } from '../../../relay/sessions/sessions.ts'
import { createWorkspaces } from '../../../relay/workspaces/workspaces.ts'
import { cheapHash } from '../../support/cheap-hash.ts'
import { here, secret } from '../auth/auth-rig.ts'
import { fakeServer } from '../channels/fake-server.ts'
import { manualClock } from '../../support/manual-clock.ts'
import { tempStorage } from '../storage/temp-storage.ts'

export type SessionsRig = Awaited<ReturnType<typeof sessionsRig>>

/** What sessions asked of whoever runs them, in order. */
type RunnerCall = [name: 'discard' | 'tryModel' | 'takeBack' | 'modeChosen', ...what: string[]]

export async function sessionsRig(options: { allowBypass?: boolean; limits?: Partial<UploadLimits> } = {}) {
  const temp = tempStorage()
  const clock = manualClock()
  const storage = await temp.open({ clock })
  const events = createEvents({ storage })
  const auth = createAuth({ storage, clock, log: temp.log, secret, issuer: 'ensemble', audience: 'ensemble', signInsPerMinute: 5, newId: randomUUID, newSecret, hashCost: cheapHash })
  const server = fakeServer()
  const channels = createChannels({ storage, events, clock, log: temp.log, broadcaster: server.broadcaster })
  const folder = join(temp.folder, 'project')
  mkdirSync(folder)
  const workspaces = createWorkspaces({ storage, channels, auth, clock, newId: randomUUID, roots: [temp.folder], claudeFolder: join(temp.folder, '.claude') })

  const asksOfRunner: RunnerCall[] = []
  const permissions = new Map<string, PermissionRequest[]>()
  const runner: SessionRunner = {
    queueOf: async (sessionId): Promise<Queue> => ({ session_id: sessionId, items: [] }),
    openPermissionsOf: async (sessionId) => permissions.get(sessionId) ?? [],
    discard: async (sessionId) => void asksOfRunner.push(['discard', sessionId]),
    async tryModel(sessionId, model) {
      asksOfRunner.push(['tryModel', sessionId, model])
      return { takeBack: () => void asksOfRunner.push(['takeBack', sessionId]) }
    },
    modeChosen: async (sessionId, mode) => void asksOfRunner.push(['modeChosen', sessionId, mode]),
  }
  const transcripts = createTranscripts({ storage })
  const room = { spareBytes: () => Infinity, userBytes: Infinity }
  const makeSessions = (other: { transcripts?: typeof transcripts; copies?: { spareBytes?: () => number; userBytes?: number } } = {}) =>
    createSessions({ storage, channels, events, transcripts, ...other, copies: { ...room, ...other.copies }, auth, clock, log: temp.log, newId: randomUUID, workspaces, runner: () => runner, allowBypass: options.allowBypass ?? false })
  const sessions = makeSessions()
  const filesFolder = join(temp.folder, 'data', 'files')
  const mib = 1024 * 1024
  const limits = { maxBytes: 64 * mib, sessionBytes: 1024 * mib, userBytes: 1024 * mib, sessionFiles: 10_000, userFiles: 10_000, reserveBytes: 0, open: 20, parallel: 10, expiryMs: 24 * 3_600_000, ...options.limits }
  const files = createFiles({ storage, channels, auth, clock, log: temp.log, newId: randomUUID, store: createLocalBlobs({ folder: filesFolder }), limits })
  const uploads = createUploads({ storage, channels, auth, files, clock, log: temp.log, newId: randomUUID, folder: join(filesFolder, 'incoming'), limits })
  const workspace = await workspaces.boot(folder)
  await files.sweep()
  await uploads.boot()

  const lost: AccessLost[] = []
  sessions.onAccessLost((each) => void lost.push(each))
  const answers = createAnswers({ storage, clock })

  /** As a command with an id of its own arrives: once, answered in its commit. Refusals are thrown. */
  async function ask<T extends object>(who: Identity, run: (asked: Asked) => Promise<T>, id: string = randomUUID()): Promise<T> {
    const told: Answer[] = []
    await answers.once(who, { id, body: {} }, (answer) => void told.push(answer), run)
    if (told.length !== 1) throw new Error(`answered ${told.length} times`)
    const [answer] = told
    // Refusals that are kept come as answers.
    if (answer!.outcome === 'error') throw new Refused(answer!.result.code, answer!.result.message, { details: answer!.result.details })
    return answer!.result as T
  }

  async function person(name: string, role: GlobalRole = 'user'): Promise<Identity> {
    const user = (await auth.accounts.find(name)) ?? (await auth.accounts.add({ name, role }))
    const grant = await auth.signIn.byCode(await auth.signIn.createCode(user.id, { loopbackOnly: false }), here)
    return auth.identify(grant.accessToken, here)
  }

  type Told = { channel: string; seq: number; type: string; data: Record<string, unknown> }
  /** What was kept in a channel after `seq`. */
  async function log(channel: string, after = 0): Promise<Told[]> {
    const found = await events.readAfter(channel, after, { limit: 10_000, maxBytes: 64 * 1024 * 1024 })
    return found.map(({ seq, type, data }) => ({ channel, seq, type, data: JSON.parse(data) as Record<string, unknown> }))
  }

  return {
    temp,
    clock,
    storage,
    events,
    transcripts,
    auth,
    answers,
    server,
    channels,
    workspaces,
    workspace,
    folder,
    files,
    filesFolder,
    uploads,
    sessions,
    makeSessions,
    permissions,
    runner,
    asksOfRunner,
    lost,
    ask,
    person,
    log,
    typesIn: async (channel: string, after = 0) => (await log(channel, after)).map(({ type }) => type),
    /** As a page says it. */
    readUpTo: (who: Identity, id: string, seq: number) => ask(who, (asked) => sessions.patch(asked, id, { read_seq: seq })),
    begin: async (who: Identity, request: Parameters<typeof sessions.create>[1] = {}) => (await ask(who, (asked) => sessions.create(asked, request))).session_id,
    async run(sql: string, ...params: (string | number | null)[]) {
      const { outcome } = await storage.commit({ statements: [{ sql, params }] })
      if (outcome !== 'committed') throw new Error(`${outcome}: ${sql}`)
    },
    async end() {
      sessions.stop()
      uploads.stop()
      auth.stop()
      await channels.stop()
      await temp.remove()
    },
  }
}

/** One finished turn: the prompt, an answer, its end. */
export async function turn(rig: SessionsRig, sessionId: string, n: number, options: { end?: boolean; attachments?: object[] } = {}): Promise<void> {
  const channel = `session:${sessionId}`
  const task = `x${n}-${sessionId}`
  const ids = { session_id: sessionId, execution_id: task }
  const message = { ...ids, message_id: `m${n}`, role: 'user', user_id: 'u', username: '민지', content: `질문 ${n}`, attachments: options.attachments ?? [] }
  const block = { ...ids, message_id: `b${n}:0`, content: `대답 ${n}`, stream: false, completed: true }
  const state = { ...ids, origin: 'prompt', progress: 0 }
  await rig.channels.publish({
    events: [
      { channel, task, type: 'message', data: message },
      { channel, task, type: 'task', data: { ...state, status: 'running' } },
    ],
  })
  await rig.channels.publish({ events: [{ channel, task, type: 'claude_response', data: block }] })
  if (options.end === false) return
  await rig.channels.publish({ events: [{ channel, task, type: 'task', data: { ...state, status: 'completed', progress: 1 } }] })
}

/** Who is meant to have said it; `parent`: the call of the agent to whom it was said. */
export type Said = { role?: 'user' | 'note' | 'relay' | 'claude'; parent?: string }
export async function sayIn(rig: SessionsRig, sessionId: string, content: string, { role = 'user', parent }: Said = {}): Promise<void> {
  const data = { session_id: sessionId, message_id: randomUUID(), content, ...(parent && { parent_tool_use_id: parent }) }
  const event = role === 'claude' ? { type: 'claude_response', data: { ...data, execution_id: 'x', stream: false, completed: true } } : { type: 'message', data: { ...data, role, user_id: 'u', username: '민지', attachments: [] } }
  await rig.channels.publish({ events: [{ channel: `session:${sessionId}`, ...event }] })
}

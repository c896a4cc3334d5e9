// Executions with everything they stand on, in this process: real storage, channels, sessions, the real CLI and a scripted API. No sockets.
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Refused, sessionChannel, userChannel, type ClaudeMessage, type CommandMessage, type GlobalRole, type PermissionResponse, type QueueUpdate } from '#protocol'
import { createAnswers, type Answer, type Asked } from '../../relay/answers/answers.ts'
import { createAuth } from '../../relay/auth/auth.ts'
import type { Identity } from '../../relay/auth/identity.ts'
import { newSecret, readSecret } from '../../relay/auth/secret.ts'
import { createChannels, type Broadcaster, type Member } from '../../relay/channels/channels.ts'
import { createClaude, type Claude } from '../../relay/claude/claude.ts'
import { systemClock } from '../../relay/clock.ts'
import { createScriptedMessagesApi, type ScriptedMessagesApi } from '../../relay/demo/scripted-messages-api.ts'
import { createEvents, createTranscripts } from '../../relay/events/events.ts'
import { createExecutions, type Executions, type Prompted } from '../../relay/executions/executions.ts'
import { createFiles } from '../../relay/files/files.ts'
import { createLocalBlobs } from '../../relay/files/local-blobs.ts'
import { createUploads } from '../../relay/uploads/uploads.ts'
import { createLog } from '../../relay/observability/log.ts'
import { createSessions } from '../../relay/sessions/sessions.ts'
import { openStorage, type Storage } from '../../relay/storage/storage.ts'
import { createUsage } from '../../relay/usage/usage.ts'
import { createWorkspaces } from '../../relay/workspaces/workspaces.ts'
import { testEnvironment } from './child-environment.ts'

type Frame = { type: string; channel?: string; seq?: number; data: Record<string, any>; timestamp: number }
export type Person = Identity & { prompt(content: string, more?: Partial<ClaudeMessage>, id?: string): Promise<Prompted> } & {
  /** The id of the file. */
  upload(filename: string, contentType: string, content: Uint8Array): Promise<string>
  command(message: CommandMessage, id?: string): Promise<Record<string, any>>
  answer(response: PermissionResponse, id?: string): Promise<Record<string, any>>
  queue(update: QueueUpdate, id?: string): Promise<Record<string, any>>
  /** The code of the refusal, or null. */
  refused(work: Promise<unknown>): Promise<Refused | null>
}
export type Rig = Awaited<ReturnType<typeof startExecutions>>

const patienceMs = 20_000

/** Topics without sockets: what is published reaches the members that subscribed. */
function createRoom() {
  const topics = new Map<string, Set<Member>>()
  const broadcaster: Broadcaster = {
    publish: (topic, text) => void [...(topics.get(topic) ?? [])].forEach((member) => member.send(text)),
    subscribers: (topic) => topics.get(topic)?.size ?? 0,
  }
  function member(id: string, hear: (frame: Frame) => void): Member {
    const self: Member = {
      id,
      kind: 'v1',
      send(text) {
        const value = JSON.parse(text) as Frame | Frame[]
        for (const frame of Array.isArray(value) ? value : [value]) hear(frame)
      },
      bufferedBytes: () => 0,
      subscribe: (topic) => void topics.set(topic, (topics.get(topic) ?? new Set()).add(self)),
      unsubscribe: (topic) => void topics.get(topic)?.delete(self),
      close: () => undefined,
    }
    return self
  }
  return { broadcaster, member }
}

type Options = {
  allowBypass?: boolean
  /** Another CLI. */
  bin?: string
  /** After how long a waiting process is parked and an idle one ends. */
  idleMs?: number
  /** Stands between the relay and its disk: for disks that are full. */
  disk?: (storage: Storage) => Storage
  /** The one that was stopped with `keep`: the same folders and the same API. */
  after?: { data: string; folder: string; home: string; api: ScriptedMessagesApi }
}

const freshFolder = (name: string) => realpathSync(mkdtempSync(join(tmpdir(), `executions-${name}-`)))

export async function startExecutions(options: Options = {}) {
  const { data, folder, home, api } = options.after ?? { data: freshFolder('data'), folder: freshFolder('folder'), home: freshFolder('home'), api: createScriptedMessagesApi() }
  const clock = systemClock
  const newId = randomUUID
  const allowBypass = options.allowBypass ?? false
  const lines: Record<string, any>[] = []
  const log = createLog((line) => lines.push(JSON.parse(line)), clock)
  const environment = testEnvironment(api.url, home)

  const opened = await openStorage({ url: join(data, 'test.sqlite'), clock, log })
  const storage = options.disk?.(opened) ?? opened
  const events = createEvents({ storage })
  const auth = createAuth({ storage, clock, log, secret: readSecret(null, data), issuer: 'test', audience: 'test', signInsPerMinute: 100, newId, newSecret })
  const room = createRoom()
  const channels = createChannels({ storage, events, clock, log, broadcaster: room.broadcaster })
  const workspaces = createWorkspaces({ storage, channels, auth, clock, newId, roots: [folder], claudeFolder: join(home, '.claude') })
  const sessions = createSessions({ storage, channels, events, transcripts: createTranscripts({ storage }), auth, clock, log, newId, workspaces, runner: () => executions, allowBypass, copies: { spareBytes: () => Infinity, userBytes: Infinity } })
  const bytes = 10 * 1024 * 1024
  const limits = { maxBytes: bytes, sessionBytes: 10 * bytes, userBytes: 10 * bytes, sessionFiles: 1_000, userFiles: 1_000, reserveBytes: 0, open: 20, parallel: 10, expiryMs: 3_600_000 }
  const files = createFiles({ storage, channels, auth, clock, log, newId, store: createLocalBlobs({ folder: join(data, 'files') }), limits, removed: (sessionId, fileId) => claude.withdrawFile(sessionId, fileId) })
  const uploads = createUploads({ storage, channels, auth, files, clock, log, newId, folder: join(data, 'files', 'incoming'), limits })
  const claude: Claude = createClaude({ config: { ...claudeConfig(data, environment, options.idleMs), bin: options.bin ?? null }, clock, log, newId, filesOf: async (id) => (await files.handedTo(id)).map((each) => ({ ...each, local: () => files.pathOf(each.id) })) })
  const usage = createUsage({ storage, auth, clock, log, timeZone: 'UTC', transcripts: join(home, '.claude', 'projects') })
  const executions: Executions = createExecutions({ storage, channels, claude, sessions, workspaces, files, usage, auth, clock, log, newId, allowBypass })
  const answers = createAnswers({ storage, clock })
  await workspaces.boot(folder)
  await sessions.boot()
  await files.sweep()
  await uploads.boot()
  await usage.boot()
  await executions.boot()

  /** Runs a change as the sockets do: once per id, answered from the table. */
  async function once<T>(who: Identity, id: string | null, body: object, run: (asked: Asked) => Promise<object>): Promise<T> {
    const told = Promise.withResolvers<Answer>()
    await answers.once(who, { id, body }, told.resolve, run)
    const answer = await told.promise
    if (answer.outcome === 'error') throw new Refused(answer.result.code, answer.result.message, { details: answer.result.details })
    return answer.result as T
  }

  async function person(name: string, role: GlobalRole = 'user'): Promise<Person> {
    const account = (await auth.accounts.find(name)) ?? (await auth.accounts.add({ name, role }))
    const token = await auth.accounts.createToken(account.id, { ttlMs: 3_600_000 })
    const who = await auth.identify(token, { address: '127.0.0.1', agent: 'test' })
    return {
      ...who,
      prompt: (content, more = {}, id = newId()) => once(who, id, { content, ...more }, (asked) => executions.prompt(asked, { content, ...more })),
      async upload(filename, contentType, content) {
        const stored = once<{ file_id: string }>(who, newId(), { filename }, (asked) =>
          uploads.take(asked, { filename, content_type: contentType, content: new Blob([new Uint8Array(content)]).stream() }),
        )
        return (await stored).file_id
      },
      command: (message, id = newId()) => once(who, message.command === 'interrupt' ? null : id, message, (asked) => executions.command(asked, message)),
      answer: (response, id = newId()) => once(who, id, response, (asked) => executions.answer(asked, response)),
      queue: (update, id = newId()) => once(who, id, update, (asked) => executions.updateQueue(asked, update)),
      refused: (work) => work.then(() => null, (error: unknown) => (error instanceof Refused ? error : Promise.reject(error))),
    }
  }

  /** Hears a channel from its first event on, or only what comes `later`. */
  async function hear(channel: string, later = false) {
    const frames: Frame[] = []
    const looks = new Set<() => void>()
    const member = room.member(newId(), (frame) => {
      frames.push(frame)
      for (const look of [...looks]) look()
    })
    const joined = Promise.withResolvers<void>()
    channels.join(member, channel, later ? {} : { position: { epoch: storage.epoch, seq: 0 } }, () => joined.resolve()).catch(joined.reject)
    await joined.promise
    /** The first frame, past or future, for which it holds; a Frame's data in short. */
    function until(passes: (frame: Frame) => boolean, what: string): Promise<Frame> {
      return new Promise((resolve, reject) => {
        let looked = 0
        const timer = setTimeout(() => {
          looks.delete(look)
          reject(new Error(`${what} did not come; last:\n${frames.slice(-12).map(short).join('\n')}\nlog:\n${lines.slice(-8).map((line) => JSON.stringify(line).slice(0, 600)).join('\n')}`))
        }, patienceMs)
        const look = () => {
          for (; looked < frames.length; looked++) {
            if (!passes(frames[looked]!)) continue
            clearTimeout(timer)
            looks.delete(look)
            return resolve(frames[looked]!)
          }
        }
        looks.add(look)
        look()
      })
    }
    return {
      frames,
      until,
      of: (type: string) => frames.filter((frame) => frame.type === type && typeof frame.seq === 'number').map(({ data }) => data),
      task: (status: string, executionId?: string) =>
        until(({ type, data }) => type === 'task' && data.status === status && (!executionId || data.execution_id === executionId), `task ${status}`).then(({ data }) => data),
      asked: (nth = 1) =>
        until((frame) => frame.type === 'permission_request' && frames.filter(({ type }) => type === 'permission_request').indexOf(frame) === nth - 1, `permission request ${nth}`).then(({ data }) => data),
      log: (code: string) => until(({ type, data }) => type === 'log' && data.code === code, `log ${code}`).then(({ data }) => data),
      message: (content: string) => until(({ type, data }) => type === 'message' && data.content === content, `message ${content}`).then(({ data }) => data),
      resolved: (requestId: string) => until(({ type, data }) => type === 'permission_resolved' && data.request_id === requestId, 'permission_resolved').then(({ data }) => data),
      /** The session's row has come to this state and has not left it so far. */
      state: (state: string) =>
        until((frame) => frame.type === 'session' && frame.data.state === state && !frames.slice(frames.indexOf(frame) + 1).some(({ type }) => type === 'session'), `state ${state}`).then(({ data }) => data),
      text: (content: string) =>
        until(({ type, data }) => type === 'claude_response' && data.completed && String(data.content).includes(content), `text ${content}`).then(({ data }) => data),
    }
  }

  return {
    api,
    when: api.when,
    folder,
    home,
    storage,
    auth,
    sessions,
    workspaces,
    executions,
    usage,
    claude,
    files,
    lines,
    person,
    remove: (who: Identity, fileId: string): Promise<object> => once(who, newId(), { fileId }, (asked) => files.remove(asked, fileId)),
    /** An empty session of theirs. */
    begin: (who: Identity): Promise<{ session_id: string }> => once(who, newId(), {}, (asked) => sessions.create(asked, {})),
    hear,
    session: (id: string) => hear(sessionChannel(id)),
    /** What comes from now on in a session that was used before. */
    onwards: (id: string) => hear(sessionChannel(id), true),
    user: (who: Identity) => hear(userChannel(who.userId)),
    rows: <Row>(sql: string, params: string[] = []) => storage.query<Row>(sql, params),
    data,
    /** `keep`: what is on the disk stays, for the next one. */
    async stop({ keep = false } = {}) {
      await executions.stop()
      await usage.stop()
      await claude.stop()
      sessions.stop()
      uploads.stop()
      await channels.stop()
      auth.stop()
      await storage.close()
      if (keep) return
      await api.stop()
      for (const path of [data, folder, home]) rmSync(path, { recursive: true, force: true })
    },
  }
}

const short = ({ type, seq, data }: Frame) => `${seq ?? '-'} ${type} ${JSON.stringify(data).slice(0, 300)}`

const claudeConfig = (dataFolder: string, overrides: Record<string, string>, idleMs = 30 * 60_000) => ({
  bin: null,
  idleMs,
  maxProcesses: 8,
  spares: 0,
  sandbox: 'off' as const,
  persistent: true,
  environmentNames: [],
  dataFolder,
  overrides,
})

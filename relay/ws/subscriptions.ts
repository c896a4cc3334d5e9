// What a connection listens to: may it, from where on, and who sees that it is here.
import { covers, LIMITS, parseChannel, Refused, sessionChannel, userChannel, type FromBrowser, type FromBrowserType, type Position } from '#protocol'
import type { Auth, Identity } from '../auth/auth.ts'
import type { Channels, JoinInfo, SessionPresence } from '../channels/channels.ts'
import type { Clock } from '../clock.ts'
import type { Log } from '../observability/log.ts'
import type { Executions } from '../executions/executions.ts'
import type { Connection } from './connection.ts'

export type SubscriptionServices = { auth: Auth; presence: SessionPresence; executions: Executions }
const BEGINNINGS: readonly FromBrowserType[] = ['create_session', 'claude_message', 'upload_start', 'file_upload', 'share_file']
type Want = { position?: Position | null; history?: number | null }

export type Subscriptions = ReturnType<typeof createSubscriptions>

export function createSubscriptions({ channels, services, clock, log }: { channels: Channels; services: SubscriptionServices; clock: Pick<Clock, 'now'>; log: Log }) {
  const presenceTexts = new WeakMap<object, string>()
  const { auth, presence, executions } = services

  /** Refuses with NOT_FOUND what does not exist and what may not be read, alike. */
  async function mayRead(who: Identity, name: string): Promise<void> {
    const channel = parseChannel(name)
    if (channel === null) throw notFound()
    const { kind, id } = channel
    if (who.kind === 'link' && kind !== 'session') throw notFound()
    if (kind === 'broadcast' || (kind === 'user' && id === who.userId)) return
    if (kind === 'user') throw notFound()
    if (kind === 'system') return void (await auth.mayRelay(who, 'watch_system'))
    if (kind === 'workspace') return void (await auth.mayRelay(who, 'see_workspace', id!))
    const sessionId = kind === 'session' ? id! : await executions.sessionOf(id!)
    if (sessionId === null) throw notFound()
    await auth.may(who, 'read', sessionId)
  }

  /** Resolves when it is answered, which is when delivery begins; the replay goes on beside what is asked next. */
  async function subscribe(connection: Connection, who: Identity, channel: string, want: Want, answer: (info: JoinInfo) => void): Promise<void> {
    await mayRead(who, channel)
    if (!channels.isMember(connection, channel) && count(connection) >= LIMITS.subscriptionsPerConnection) {
      throw new Refused('RATE_LIMITED', 'too many subscriptions on one connection')
    }
    const wanted = { ...(want.position ? { position: want.position } : {}), ...(want.history ? { history: want.history } : {}) }
    await new Promise<void>((resolve, reject) => {
      const answered = (info: JoinInfo) => {
        answer(info)
        resolve()
      }
      const live = () => here(connection, who, channel)
      channels.join(connection, channel, wanted, answered).then(live, (error) => {
        reject(error)
        // Answered already: a hole must not stay silent, so the browser comes back by position.
        log.error('replay failed', { channel, error })
        connection.close(1013, 'replay failed')
      })
    })
  }

  /** Live from now on, without replay: how a simple connection comes to hear what it has just begun. */
  function follow(connection: Connection, channel: string): void {
    const who = connection.who
    if (!who || !covers(who.scopes, 'read') || channels.isMember(connection, channel)) return
    channels.follow(connection, channel)
    here(connection, who, channel)
  }

  /** A simple connection hears the session that it has just begun, prompted or uploaded into. */
  function followWhatBegan(connection: Connection, message: FromBrowser, result: { session_id?: string }): void {
    const data = message.data as { session_id?: string | null; target_session_id?: string }
    const sessionId = result.session_id ?? data.session_id ?? data.target_session_id
    // A fork is a session, and who rewinds says something anew.
    const begins = message.type === 'command' ? message.data.command === 'fork' || message.data.command === 'rewind' : BEGINNINGS.includes(message.type)
    if (connection.kind === 'simple' && sessionId && begins) follow(connection, sessionChannel(sessionId))
  }

  function followOwn(connection: Connection): void {
    const who = connection.who
    if (!who) return
    follow(connection, userChannel(who.userId))
    follow(connection, 'broadcast')
  }

  /** Written once for all who come while the list stays as it is: in a storm a thousand get the same one. */
  function presenceText(channel: string, session_id: string): string {
    const people = presence.people(session_id)
    const known = presenceTexts.get(people)
    if (known) return known
    const text = JSON.stringify({ type: 'presence', channel, data: { session_id, people }, timestamp: clock.now() })
    presenceTexts.set(people, text)
    return text
  }

  /** On the topic, and not before: the others are told who came, and the newcomer who is there and where their carets are. */
  function here(connection: Connection, who: Identity, name: string): void {
    const channel = parseChannel(name)
    if (channel?.kind !== 'session' || !channels.isMember(connection, name)) return
    // Who reads by a link is nobody's company, and is told of nobody.
    if (who.kind === 'link') return
    const session_id = channel.id!
    presence.enter(session_id, connection.id, { userId: who.userId, username: who.name })
    connection.send(presenceText(name, session_id))
    for (const caret of presence.carets(session_id)) connection.tell('cursor_moved', caret, { channel: name })
  }

  function unsubscribe(connection: Connection, name: string): void {
    channels.leave(connection, name)
    const channel = parseChannel(name)
    if (channel?.kind === 'session') presence.leave(channel.id!, connection.id)
  }

  /** The socket is gone. */
  function forget(connection: Connection): void {
    presence.ended(connection.id)
    channels.forget(connection)
  }

  /** After a change of rights: leaves what may no longer be read, and says so. */
  async function review(connection: Connection, who: Identity): Promise<void> {
    for (const channel of channels.channelsOf(connection)) {
      try {
        await mayRead(who, channel)
      } catch (error) {
        if (!(error instanceof Refused)) throw error
        unsubscribe(connection, channel)
        connection.tell('error', { code: 'NOT_FOUND', message: 'no longer visible to you', details: { channel }, trace_id: connection.id })
      }
    }
  }

  const count = (connection: Connection) => channels.channelsOf(connection).length

  return { subscribe, unsubscribe, followWhatBegan, followOwn, forget, review, count }
}

const notFound = () => new Refused('NOT_FOUND', 'no such channel')

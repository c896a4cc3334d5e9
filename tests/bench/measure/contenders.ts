// Who takes part in the fan-out: the relay with its two kinds of message, two servers on Node, and the limits of Bun.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Target } from '../load/dialects.ts'
import { startServer, type Started } from './processes.ts'
import { relayHome } from '../../support/start-relay.ts'
import { startRelayUnderLoad } from './relay-under-load.ts'

export type ContenderName = 'signals' | 'events' | 'publish' | 'loop' | 'ws' | 'socket.io'

export type Contender = {
  name: ContenderName
  pid(): number
  targets(channels: number): Promise<Target[]>
  /** A fresh server, if what the last run left would disturb the next. */
  restart(): Promise<void>
  /** How many of the messages said so far cannot be read back. */
  missing(channels: number, said: readonly number[]): Promise<number>
}

const peersFolder = join(import.meta.dir, '..', 'peers')

/** Installs what the relay is compared with, once. */
export async function installPeers(): Promise<void> {
  if (existsSync(join(peersFolder, 'node_modules', 'socket.io', 'package.json'))) return
  const npm = Bun.spawn(['npm', 'ci', '--no-audit', '--no-fund'], { cwd: peersFolder, stdin: 'ignore', stdout: 'inherit', stderr: 'inherit' })
  if ((await npm.exited) !== 0) throw new Error('npm ci in tests/bench/peers has failed')
}

export const startPeer = {
  ws: () => startServer(['node', 'ws-server.mjs'], peersFolder),
  'socket.io': (env: Record<string, string> = {}) => startServer(['node', 'socket-io-server.mjs'], peersFolder, env),
  bun: (...way: ['publish' | 'loop'] | ['canned', string]) => startServer([process.execPath, 'bun-server.ts', ...way], peersFolder),
}

/**
 * A relay for one kind of message. Of signals of one person that wait together only the latest is sent, so many people speak;
 * events are never joined, and a session has as many participants as have spoken in it.
 */
async function own(name: 'signals' | 'events', people: number): Promise<Contender & { stop(): Promise<void>; folder: string }> {
  const home = relayHome()
  let relay = await startRelayUnderLoad({ home })
  const tokens = await relay.tokens(people)
  const sessions = new Map<number, string[]>()

  async function sessionsOf(channels: number): Promise<string[]> {
    const ids = sessions.get(channels) ?? (await relay.sessions(tokens[0]!, channels))
    sessions.set(channels, ids)
    return ids
  }

  return {
    name,
    folder: home.folder,
    pid: () => relay.pid,
    async targets(channels) {
      const ids = await sessionsOf(channels)
      return ids.map((id) => ({ port: relay.port, dialect: `relay-${name}` as const, id, tokens }))
    },
    async restart() {
      sessions.clear()
      await relay.stop('SIGKILL')
      relay = await startRelayUnderLoad({ home })
    },
    async missing(channels, said) {
      const ids = await sessionsOf(channels)
      // What the run left behind may still be on its way to the disk: it is waited for as long as more of it arrives.
      for (let before = Infinity, still = 0; ; ) {
        const kept = new Set(relay.notes(ids).map(({ content }) => content.split('.').slice(0, 2).join('.')))
        let missing = 0
        for (const [speaker, count] of said.entries()) for (let each = 1; each <= count; each++) if (!kept.has(`~${speaker}.${each}`)) missing += 1
        still = missing < before ? 0 : still + 1
        before = missing
        if (missing === 0 || still === 12) return missing
        await Bun.sleep(250)
      }
    },
    async stop() {
      await relay.stop('SIGKILL')
      home.remove()
    },
  }
}

export async function contenders() {
  await installPeers()
  const relays = { signals: await own('signals', 500), events: await own('events', 20) }

  async function other(name: ContenderName, start: () => Promise<Started>, dialect: 'plain' | 'socket.io'): Promise<Contender & { stop(): Promise<void> }> {
    let server = await start()
    return {
      name,
      pid: () => server.pid,
      targets: async (channels) => Array.from({ length: channels }, (_, index) => ({ port: Number(server.firstLine), dialect, id: `${channels}-${index}`, tokens: [] })),
      async restart() {
        await server.stop()
        server = await start()
      },
      missing: async () => 0,
      stop: () => server.stop(),
    }
  }

  const others = {
    publish: await other('publish', () => startPeer.bun('publish'), 'plain'),
    loop: await other('loop', () => startPeer.bun('loop'), 'plain'),
    ws: await other('ws', startPeer.ws, 'plain'),
    'socket.io': await other('socket.io', startPeer['socket.io'], 'socket.io'),
  }
  const byName: Record<ContenderName, Contender> = { ...relays, ...others }
  const labels: Record<ContenderName, string> = {
    signals: 'relay: signals',
    events: 'relay: kept events',
    publish: 'bare Bun publish',
    loop: 'Bun, a send to each',
    ws: 'ws on Node',
    'socket.io': 'socket.io on Node',
  }
  return {
    byName,
    labels,
    folder: relays.events.folder,
    async stop() {
      await Promise.all([...Object.values(relays), ...Object.values(others)].map((each) => each.stop()))
    },
  }
}

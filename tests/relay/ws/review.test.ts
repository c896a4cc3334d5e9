// Who was signed out by another process is cut off: every one of them, and once the database can say so if it could not.
import { Database } from 'bun:sqlite'
import { afterEach, beforeEach, expect, test } from 'bun:test'
import { createFollow } from '../../../relay/executions/follow.ts'
import { createLog } from '../../../relay/observability/log.ts'
import { StorageError } from '../../../relay/storage/storage.ts'
import { Connection } from '../../../relay/ws/connection.ts'
import { createFlights } from '../../../relay/ws/flights.ts'
import { createConnections } from '../../../relay/ws/connections.ts'
import { eventually } from '../../support/eventually.ts'
import { authRig, type AuthRig } from '../auth/auth-rig.ts'

let rig: AuthRig
beforeEach(async () => {
  rig = await authRig()
})
afterEach(() => rig.remove())

function openConnections() {
  const { auth, clock } = rig
  const log = createLog(() => undefined, clock)
  const subscriptions = { count: () => 0, review: async () => undefined, forget: () => undefined, followOwn: () => undefined } as never
  const connections = createConnections({ auth, subscriptions, executions: {} as never, epoch: 'e', settings: { maxConnectionsPerUser: 5, announced: { frame_bytes: 1, messages_per_second: 1, upload_bytes: 1 } }, clock, log })
  return {
    stop: connections.stop,
    async connect(name: string) {
      const connection = new Connection(name, 'v1', { address: '127.0.0.1', agent: null, hop: null }, { clock, log, newTraceId: () => 't', affords: () => true, flights: createFlights(1), take: async () => undefined })
      connection.who = (await rig.person(name)).who
      connection.opened({ send: () => 1, close: () => undefined, subscribe: () => undefined, unsubscribe: () => undefined, getBufferedAmount: () => 0, ping: () => undefined })
      connections.add(connection)
      return connection
    },
  }
}

/** As `ensemble user passwd` does. */
function signOutAll(): void {
  const other = new Database(rig.path)
  other.run('PRAGMA busy_timeout = 5000')
  other.transaction(() => {
    other.run('UPDATE sign_ins SET revoked_at = 1')
    other.run('UPDATE account_changes SET version = version + 1')
  })()
  other.close()
}

test('though somebody was remembered as signed in a moment before', async () => {
  const connections = openConnections()
  const ann = await connections.connect('ann')
  rig.clock.advance(450)
  // Looks at the rights, which would then count for another tenth of a second.
  await rig.auth.recheck(ann.who!)
  signOutAll()
  rig.clock.advance(50)
  await eventually('ann is cut off', () => !ann.isOpen())
  connections.stop()
})

test('though the database failed for one of them: the others at once, that one with the next second', async () => {
  const connections = openConnections()
  const [ann, ben] = [await connections.connect('ann'), await connections.connect('ben')]
  const { query } = rig.storage
  let failures = 1
  rig.storage.query = async (sql, params) => {
    if (params?.includes(ann.who!.userId) && failures-- > 0) throw new StorageError('locked', 'busy')
    return query(sql, params)
  }
  signOutAll()
  rig.clock.advance(500)
  await eventually('ben is cut off', () => !ben.isOpen())
  expect(ann.isOpen()).toBe(true)
  rig.clock.advance(500)
  await eventually('ann is cut off', () => !ann.isOpen())
  connections.stop()
})

/** Of this person nothing is known for now. */
function silence(userId: string): void {
  const { query } = rig.storage
  rig.storage.query = (sql, params) => (params?.includes(userId) ? new Promise(() => undefined) : query(sql, params))
}

test('though nothing is heard of somebody before them: nobody waits for another', async () => {
  const connections = openConnections()
  const [ann, ben] = [await connections.connect('ann'), await connections.connect('ben')]
  silence(ann.who!.userId)
  signOutAll()
  rig.clock.advance(500)
  await eventually('ben is cut off', () => !ben.isOpen())
  connections.stop()
})

test('who follows an execution as well', async () => {
  const { auth, clock, storage } = rig
  const listening = { drained: () => undefined, stop: () => undefined }
  const parts = { auth, clock, storage, log: createLog(() => undefined, clock), sessions: { onAccessLost: () => undefined }, channels: { listen: () => listening } }
  const { follow } = createFollow(parts as never, { readable: async () => ({ sessionId: 's', withoutDeltas: false }) } as never)
  const [ann, ben] = [(await rig.person('ann')).who, (await rig.person('ben')).who]
  const ended: string[] = []
  for (const who of [ann, ben]) await follow(who, 'e', { epoch: null, seq: 0 }, { over: 'sse', take: () => undefined, bufferedBytes: () => 0, end: (why) => void ended.push(`${who.name} ${why}`) })
  silence(ann.userId)
  signOutAll()
  rig.clock.advance(500)
  await eventually('ben is sent away', () => ended.length === 1)
  expect(ended).toEqual(['ben signed out'])
})

// Where commands wait: in IndexedDB, so that they survive a reload; in memory where there is no IndexedDB or no room.
import { openDB, type DBSchema, type IDBPDatabase } from 'idb'
import type { DataFromBrowser } from '#protocol'
import type { DeliverableType } from './messages.ts'
import type { Trouble } from './outcome.ts'

export type StoredCommand = {
  id: string
  type: DeliverableType
  data: DataFromBrowser[DeliverableType]
  sessionId: string | null
  createdAt: number
  /** It is only ever sent as the person who gave it. */
  userId: string
  /** Commands of one lane keep their order. */
  lane: string
  refused: Trouble | null
}

export type OutboxStore = {
  /** Resolves when it would survive a reload. */
  add(command: StoredCommand): Promise<void>
  /** In the order in which they were given. */
  all(userId: string): Promise<StoredCommand[]>
  refuse(id: string, trouble: Trouble): Promise<void>
  /** False: there was none of this id. */
  remove(id: string): Promise<boolean>
}

interface Schema extends DBSchema {
  commands: { key: number; value: StoredCommand; indexes: { id: string; user: string } }
}

export function createIndexedOutboxStore(databaseName: string): OutboxStore {
  let opening: Promise<IDBPDatabase<Schema>> | null = null

  function open(): Promise<IDBPDatabase<Schema>> {
    opening ??= openDB<Schema>(databaseName, 1, {
      upgrade(database) {
        const commands = database.createObjectStore('commands', { autoIncrement: true })
        commands.createIndex('id', 'id', { unique: true })
        commands.createIndex('user', 'userId')
      },
      // The browser may drop the handle (storage cleared, disk trouble): the next call opens it again.
      terminated: () => (opening = null),
    }).catch((error: unknown) => {
      opening = null
      throw error
    })
    return opening
  }

  /** `relaxed`: survives the tab and the browser, not a power cut; strict would put a disk flush before every prompt. */
  const write = (database: IDBPDatabase<Schema>) => database.transaction('commands', 'readwrite', { durability: 'relaxed' })

  return {
    async add(command) {
      const transaction = write(await open())
      await Promise.all([transaction.store.add(command), transaction.done])
    },
    async all(userId) {
      return (await open()).getAllFromIndex('commands', 'user', userId)
    },
    async refuse(id, trouble) {
      const transaction = write(await open())
      const cursor = await transaction.store.index('id').openCursor(id)
      await cursor?.update({ ...cursor.value, refused: trouble })
      await transaction.done
    },
    async remove(id) {
      const transaction = write(await open())
      const cursor = await transaction.store.index('id').openCursor(id)
      await cursor?.delete()
      await transaction.done
      return cursor !== null
    },
  }
}

export function createMemoryOutboxStore(): OutboxStore {
  const commands = new Map<string, StoredCommand>()
  return {
    async add(command) {
      if (commands.has(command.id)) throw new Error(`${command.id} is there already`)
      commands.set(command.id, command)
    },
    all: async (userId) => [...commands.values()].filter((each) => each.userId === userId),
    async refuse(id, trouble) {
      const command = commands.get(id)
      if (command) commands.set(id, { ...command, refused: trouble })
    },
    remove: async (id) => commands.delete(id),
  }
}

/** Writes to `lasting`; what it will not take goes to `passing`, and is sent all the same. */
export function createOutboxStore(lasting: OutboxStore, passing: OutboxStore, report: (problem: string) => void): OutboxStore {
  async function attempt<T>(work: () => Promise<T>, instead: T): Promise<T> {
    try {
      return await work()
    } catch (error) {
      report(`the outbox has no lasting storage: ${String(error)}`)
      return instead
    }
  }
  return {
    async add(command) {
      const kept = await attempt(async () => (await lasting.add(command), true), false)
      if (!kept) await passing.add(command)
    },
    async all(userId) {
      return [...(await attempt(() => lasting.all(userId), [])), ...(await passing.all(userId))]
    },
    async refuse(id, trouble) {
      await Promise.all([attempt(() => lasting.refuse(id, trouble), undefined), passing.refuse(id, trouble)])
    },
    async remove(id) {
      const removed = await Promise.all([attempt(() => lasting.remove(id), false), passing.remove(id)])
      return removed.some(Boolean)
    },
  }
}

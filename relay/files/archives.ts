// Files of a session in one ZIP file: what somebody wants in it is remembered for some minutes, and it is packed while it is read.
import { Refused } from '#protocol'
import type { Auth, Identity } from '../auth/auth.ts'
import type { Clock } from '../clock.ts'
import type { BlobStore } from './blob-store.ts'
import type { FileRow, fileRows } from './file-rows.ts'
import { handedPaths } from './handed-paths.ts'
import { zip, zipBytes, type KnownSums, type ZipEntry } from './zip.ts'

/** As long as the address of a single file: what was cut off is gone on with. */
const keptMs = 24 * 3_600_000
/** Of one person at once: the oldest goes. */
const maxKept = 20
/** Whoever reads slowly may have lost the right meanwhile. */
const askedAgainAfterMs = 1_000
/** Whose parts are asked for, one after the other: of each the paths are made once. */
const maxMade = 8
/** Of files that were packed here: what was read once for its checksum is not read again to go on behind it. */
const maxSums = 20_000

/** Neither: all of the session. */
export type Wanted = { sessionId: string; fileIds?: readonly string[] | null; folder?: string | null }
type Order = Wanted & { userId: string; /** What is brought later is not in it. */ newest: number; until: number; tag: string }
type Made = Pick<Archive, 'filename' | 'bytes' | 'files' | 'tag'> & { entries: Packed[] }
export type Archive = {
  filename: string
  bytes: number
  files: number
  /** The same bytes have the same. */
  tag: string
  /** Bytes [from, to); all without them. */
  content(from?: number, to?: number): AsyncGenerator<Uint8Array>
}

type Dependencies = { rows: Pick<ReturnType<typeof fileRows>, 'ofSession'>; auth: Pick<Auth, 'may' | 'recheck'>; store: Pick<BlobStore, 'read'>; clock: Pick<Clock, 'now'>; newId: () => string }

type Packed = ZipEntry & { blob: string }

/** Names that some systems cannot write, or take for a device, are written in another way there. */
const writable = (part: string) => part.replace(/[<>:"|?*\\]/g, '_').replace(/^(con|prn|aux|nul|com\d|lpt\d)(?=\.|$)/i, '_$1')

function entriesOf(rows: readonly FileRow[]): Packed[] {
  const files = rows.map((row) => ({ row, id: row.id, filename: writable(row.filename), folder: row.folder.split('/').map(writable).join('/') }))
  const paths = handedPaths(files)
  return files.map(({ id, row }) => ({ path: paths.get(id)!, size: Number(row.size), modifiedAt: Number(row.created_at), blob: row.blob }))
}

function describe(found: readonly FileRow[]): Made {
  const entries = entriesOf(found)
  const tag = new Bun.CryptoHasher('sha256').update(JSON.stringify(entries)).digest('hex').slice(0, 32)
  return { filename: nameOf(found), bytes: zipBytes(entries), files: entries.length, tag, entries }
}

/** A single folder gives its name. */
function nameOf(rows: readonly FileRow[]): string {
  const [first = '', ...others] = new Set(rows.map(({ folder }) => folder.split('/', 1)[0]!))
  return `${(others.length === 0 && first) || 'files'}.zip`
}

export function createArchives({ rows, auth, store, clock, newId }: Dependencies) {
  const orders = new Map<string, Order>()
  const known = new Map<string, number>()
  const sums: KnownSums<Packed> = {
    of: ({ blob }) => known.get(blob),
    learn({ blob }, crc) {
      known.set(blob, crc)
      if (known.size > maxSums) known.delete(known.keys().next().value!)
    },
  }

  /** NOT_FOUND when there is nothing to pack that the asker may have. */
  async function pick(who: Identity, { sessionId, fileIds, folder }: Wanted, newest = Infinity): Promise<FileRow[]> {
    await auth.may(who, 'download', sessionId)
    const wanted = fileIds && new Set(fileIds)
    const found = (await rows.ofSession(sessionId)).filter((row) => Number(row.created_at) <= newest && (!wanted || wanted.has(row.id)) && (!folder || row.folder === folder || row.folder.startsWith(`${folder}/`)))
    if (found.length === 0) throw new Refused('NOT_FOUND', 'no such files')
    return found
  }

  function keep(order: Order): string {
    for (const [id, { until }] of orders) if (until <= clock.now()) orders.delete(id)
    const mine = [...orders].filter(([, { userId }]) => userId === order.userId)
    for (const [id] of mine.slice(0, Math.max(0, mine.length - maxKept + 1))) orders.delete(id)
    const id = newId()
    orders.set(id, order)
    return id
  }

  /** What is in an archive of these files, which never change: thousands of paths are made once, and not for each part of it. */
  const lately = new Map<string, Made>()
  function makeOf(found: readonly FileRow[]): Made {
    const key = new Bun.CryptoHasher('sha256').update(found.map(({ id }) => id).join('\n')).digest('hex')
    const made = lately.get(key) ?? describe(found)
    lately.delete(key)
    lately.set(key, made)
    if (lately.size > maxMade) lately.delete(lately.keys().next().value!)
    return made
  }

  /** Asks again while it is read; what it throws cuts the answer off. */
  async function* whileAllowed(who: Identity, sessionId: string, pieces: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
    let askedAt = clock.now()
    for await (const piece of pieces) {
      const now = clock.now()
      if (Math.abs(now - askedAt) >= askedAgainAfterMs) {
        await auth.may(await auth.recheck(who), 'download', sessionId)
        askedAt = now
      }
      yield piece
    }
  }

  return {
    /** What would be in it, and the id under which it is packed. */
    async order(who: Identity, wanted: Wanted): Promise<Omit<Archive, 'content' | 'tag'> & { id: string; until: number }> {
      const picked = await pick(who, wanted)
      const { filename, bytes, files, tag } = makeOf(picked)
      const until = clock.now() + keptMs
      const newest = Math.max(...picked.map((row) => Number(row.created_at)))
      return { id: keep({ ...wanted, userId: who.userId, newest, until, tag }), until, filename, bytes, files }
    },
    /** With the rights of this moment, and what is still there of the files. `isAsOrdered`: all of them are. */
    async open(who: Identity, id: string): Promise<Archive & { isAsOrdered: boolean }> {
      const order = orders.get(id)
      if (!order || order.userId !== who.userId || order.until <= clock.now()) throw new Refused('NOT_FOUND', 'no such archive: ask for another')
      const { entries, ...made } = makeOf(await pick(who, order, order.newest))
      const read = async ({ blob, size }: Packed, start: number) => streamOf(await (start > 0 ? store.read(blob, start, size) : store.read(blob)))
      const content = (from?: number, to?: number) => whileAllowed(who, order.sessionId, zip(entries, read, { from, to, sums }))
      return { ...made, content, isAsOrdered: made.tag === order.tag }
    },
  }
}

/** A blob that went meanwhile cuts the whole off. */
function streamOf(bytes: Awaited<ReturnType<BlobStore['read']>>): AsyncIterable<Uint8Array> {
  if (bytes === null) throw new Refused('NOT_FOUND', 'a file is gone')
  return bytes instanceof Blob ? bytes.stream() : bytes
}

// Files of a session in one ZIP file: what somebody wants in it is remembered for some minutes, and it is packed while it is read.
import { Refused } from '#protocol'
import type { Auth, Identity } from '../auth/auth.ts'
import type { Clock } from '../clock.ts'
import type { BlobStore } from './blob-store.ts'
import type { FileRow, fileRows } from './file-rows.ts'
import { handedPaths } from './handed-paths.ts'
import { zip, zipBytes, type ZipEntry } from './zip.ts'

/** As long as its address, and a while for whoever is slow to begin. */
const keptMs = 10 * 60_000
/** Of one person at once: the oldest goes. */
const maxKept = 20

/** Neither: all of the session. */
export type Wanted = { sessionId: string; fileIds?: readonly string[] | null; folder?: string | null }
type Order = Wanted & { userId: string; until: number }
export type Archive = { filename: string; bytes: number; files: number; content(): AsyncGenerator<Uint8Array> }

type Dependencies = { rows: Pick<ReturnType<typeof fileRows>, 'ofSession'>; auth: Pick<Auth, 'may'>; store: Pick<BlobStore, 'read'>; clock: Pick<Clock, 'now'>; newId: () => string }

/** Names that some systems cannot write, or take for a device, are written in another way there. */
const writable = (part: string) => part.replace(/[<>:"|?*\\]/g, '_').replace(/^(con|prn|aux|nul|com\d|lpt\d)(?=\.|$)/i, '_$1')

function entriesOf(rows: readonly FileRow[]): (ZipEntry & { blob: string })[] {
  const files = rows.map((row) => ({ row, id: row.id, filename: writable(row.filename), folder: row.folder.split('/').map(writable).join('/') }))
  const paths = handedPaths(files)
  return files.map(({ id, row }) => ({ path: paths.get(id)!, size: Number(row.size), modifiedAt: Number(row.created_at), blob: row.blob }))
}

/** A single folder gives its name. */
function nameOf(rows: readonly FileRow[]): string {
  const [first = '', ...others] = new Set(rows.map(({ folder }) => folder.split('/', 1)[0]!))
  return `${(others.length === 0 && first) || 'files'}.zip`
}

export function createArchives({ rows, auth, store, clock, newId }: Dependencies) {
  const orders = new Map<string, Order>()

  /** NOT_FOUND when there is nothing to pack that the asker may have. */
  async function pick(who: Identity, { sessionId, fileIds, folder }: Wanted): Promise<FileRow[]> {
    await auth.may(who, 'download', sessionId)
    const wanted = fileIds && new Set(fileIds)
    const found = (await rows.ofSession(sessionId)).filter((row) => (!wanted || wanted.has(row.id)) && (!folder || row.folder === folder || row.folder.startsWith(`${folder}/`)))
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

  const archiveOf = (found: readonly FileRow[]): Archive => {
    const entries = entriesOf(found)
    return { filename: nameOf(found), bytes: zipBytes(entries), files: entries.length, content: () => zip(entries, async ({ blob }) => streamOf(await store.read(blob))) }
  }

  return {
    /** What would be in it, and the id under which it is packed. */
    async order(who: Identity, wanted: Wanted): Promise<Omit<Archive, 'content'> & { id: string; until: number }> {
      const { filename, bytes, files } = archiveOf(await pick(who, wanted))
      const until = clock.now() + keptMs
      return { id: keep({ ...wanted, userId: who.userId, until }), until, filename, bytes, files }
    },
    /** With the rights and the files of this moment. */
    async open(who: Identity, id: string): Promise<Archive> {
      const order = orders.get(id)
      if (!order || order.userId !== who.userId || order.until <= clock.now()) throw new Refused('NOT_FOUND', 'no such archive: ask for another')
      return archiveOf(await pick(who, order))
    },
  }
}

/** A blob that went meanwhile cuts the whole off. */
function streamOf(bytes: Awaited<ReturnType<BlobStore['read']>>): AsyncIterable<Uint8Array> {
  if (bytes === null) throw new Refused('NOT_FOUND', 'a file is gone')
  return bytes instanceof Blob ? bytes.stream() : bytes
}

// Files in chunks over a socket: where a chunk belongs, and what of it is there already.
import { LIMITS, Refused, type DataFromBrowser } from '#protocol'
import type { Asked } from '../answers/answers.ts'
import type { Identity } from '../auth/auth.ts'
import type { Uploads } from '../uploads/uploads.ts'
import { bytesOf } from './base64.ts'

type Start = DataFromBrowser['upload_start']
type Chunk = DataFromBrowser['upload_chunk']
/** What is known of an upload from its start and its first chunk; after a restart its size alone. `offset`: how much of it is on the disk. */
type Known = { size: number; total: number | null; chunkBytes: number | null; offset: number }

/** Whose senders were not heard of for longest are asked about again. */
const maxKnown = 1_000

const contradiction = (what: string) => new Refused('VALIDATION', what)

function checkTotal({ size, total_chunks: total }: Start): void {
  const fits = size === 0 ? total <= 1 : total >= Math.ceil(size / LIMITS.chunkBytes) && total <= size
  if (!fits) throw contradiction(`total_chunks: ${total} chunks of at most ${LIMITS.chunkBytes} bytes do not make ${size} bytes`)
}

/** Where a chunk begins. What says two things of the same file is refused. */
function placeOf({ chunk_index: index, is_last: isLast }: Chunk, length: number, known: Known): number {
  const { size, total } = known
  if (isLast !== (total === null ? isLast : index === total - 1)) throw contradiction(`is_last: of ${total} chunks this is the one with index ${index}`)
  const chunkBytes = known.chunkBytes ?? (isLast ? (index === 0 ? size : (size - length) / index) : length)
  const begin = index * chunkBytes
  const fits = isLast ? begin + length === size && length <= chunkBytes : length === chunkBytes && begin + length < size
  if (!fits || !Number.isInteger(chunkBytes) || (total !== null && Math.ceil(size / chunkBytes) !== total)) throw contradiction(`a chunk of ${length} bytes with index ${index} is none of this file of ${size} bytes: all are equally long, but for the last`)
  if (!isLast) known.chunkBytes = chunkBytes
  return begin
}

export function createUploadChunks(uploads: Pick<Uploads, 'begin' | 'state' | 'append'>) {
  const uploading = new Map<string, Known>()

  function know(key: string, known: Known): Known {
    uploading.delete(key)
    if (uploading.size >= maxKnown) uploading.delete(uploading.keys().next().value!)
    uploading.set(key, known)
    return known
  }
  const keyOf = (who: Identity, fileId: string) => `${who.userId} ${fileId}`

  /** At the end of what is on the disk; somebody else may have written meanwhile. */
  async function append(who: Identity, known: Known, fileId: string, begin: number, bytes: Uint8Array): Promise<void> {
    for (let tries = 2; begin + bytes.byteLength > known.offset; tries--) {
      if (begin > known.offset) return
      const rest = bytes.subarray(known.offset - begin)
      try {
        const { offset } = await uploads.append(who, fileId, known.offset, [rest], { length: rest.byteLength })
        known.offset = offset
      } catch (problem) {
        const offset = problem instanceof Refused ? (problem.options.details as { offset?: unknown } | undefined)?.offset : undefined
        if (typeof offset !== 'number' || tries === 0) throw problem
        known.offset = offset
      }
    }
  }

  return {
    /** The same again, under any id: where it goes on. */
    async start(asked: Asked, data: Start): Promise<object> {
      checkTotal(data)
      const state = await uploads.begin(asked, data)
      know(keyOf(asked.who, data.file_id), { size: data.size, total: data.total_chunks, chunkBytes: null, offset: state.offset })
      return state
    },
    /** `offset`: so much of the file is on the disk now. CONFLICT for one that comes too early, with the one that is `expected`. */
    async chunk(who: Identity, data: Chunk): Promise<{ file_id: string; chunk_index: number; offset: number }> {
      const { file_id, chunk_index } = data
      const bytes = bytesOf(data.data)
      const key = keyOf(who, file_id)
      let known = uploading.get(key)
      if (!known) {
        const { size, offset } = await uploads.state(who, file_id)
        known = { size, total: null, chunkBytes: null, offset }
      }
      know(key, known)
      const begin = placeOf(data, bytes.byteLength, known)
      try {
        await append(who, known, file_id, begin, bytes)
      } catch (problem) {
        uploading.delete(key)
        throw problem
      }
      const { offset, size, chunkBytes } = known
      if (begin > offset) throw new Refused('CONFLICT', 'what comes before it is missing', { details: { reason: 'gap', expected: Math.floor(offset / (chunkBytes ?? bytes.byteLength)), offset } })
      if (offset === size) uploading.delete(key)
      return { file_id, chunk_index, offset }
    },
  }
}

export type UploadChunks = ReturnType<typeof createUploadChunks>

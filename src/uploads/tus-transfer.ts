// One attempt at carrying a file to the relay by tus 1.0, spoken by tus-js-client. It repeats nothing: whoever runs it decides what comes next.
import { Upload as TusUpload } from 'tus-js-client'
import type { Trouble } from '../connection/outcome.ts'
import { trouble } from '../connection/outcome.ts'
import { isFastLink } from './fast-link.ts'
import { digestIn } from './repr-digest.ts'
import { createTusHttp, RequestFailed, type TusHttpDependencies } from './tus-http.ts'
import type { Upload } from './upload.ts'

type Cargo = {
  upload: Upload
  file: Blob
  /** The size of the next piece. */
  pieceBytes(): number
  /** Of the whole, as Base64; null when it cannot be known. */
  digest(): Promise<string | null>
}

type Heard = {
  asked(): void
  /** The relay has `offset` bytes; `bytes` of them came with a request that took `ms`. */
  accepted(offset: number, bytes: number, ms: number): void
}

/** `digest`: what the relay has read of the whole, as Base64, where it says. `isBegin`: it was about to be made, and nothing of it is there. */
export type TransferEnd = { how: 'finished'; digest: string | null } | { how: 'stopped' | 'unreadable' } | { how: 'trouble'; trouble: Trouble; isBegin: boolean }
export type Transfer = ReturnType<typeof createTusTransfer>

const WITH_CREATION_BYTES = 256 * 1024

/** Of what is larger the hash waits for a link that leaves time for it: beside a fast one it would only slow the sending, and comes when all is there. */
const HASHED_AT_ONCE_BYTES = 16 * 1024 * 1024

/** The relay has every byte and goes on by itself, but cannot make a file of them for now. */
const notPutAway: Trouble = { ...trouble('BUSY', 'all of it is there, and it is no file yet'), details: { reason: 'files_store' } }

class Unreadable extends Error {}

/** `endpoint`: where uploads are made; one of them is found under its id there. */
export function createTusTransfer({ endpoint, ...http }: TusHttpDependencies & { endpoint: string }) {
  const addressOf = (fileId: string) => `${endpoint}/${encodeURIComponent(fileId)}`

  /** Until the relay has everything, or something is in the way. `signal` ends it; what is under way counts as far as the relay got it. */
  async function carry({ upload, file, pieceBytes, digest }: Cargo, heard: Heard, signal: AbortSignal): Promise<TransferEnd> {
    let isLast = false
    let whole: string | null = null
    let read: string | null = null
    let isFile = true
    let isHashing = false
    // Beside the sending. It may take longer, and nothing waits for it: the relay says what it has read.
    const hash = () => {
      if (isHashing) return
      isHashing = true
      void digest().then((found) => (whole = found))
    }
    if (file.size <= HASHED_AT_ONCE_BYTES || upload.digest !== null) hash()

    const source = {
      size: file.size,
      async slice(start: number, end: number) {
        const value = file.slice(start, end)
        isLast = end >= file.size
        // A file that has changed or gone would look like a lost connection: the browser says no more than that.
        await value.slice(0, 1).arrayBuffer().catch(() => Promise.reject(new Unreadable()))
        return { value, done: isLast }
      },
      close: () => undefined,
    }

    const httpStack = createTusHttp(http, {
      signal,
      isLast: () => isLast,
      prepare(headers) {
        // RFC 9530: of the whole file, not of this piece.
        if (isLast && whole !== null) headers.set('repr-digest', `sha-256=:${whole}:`)
      },
      heard({ method, bytes, ms, header }) {
        read = digestIn(header('repr-digest')) ?? read
        // Only what is no file yet is ever forgotten.
        isFile = header('upload-expires') === null
        const offset = Number(header('upload-offset') ?? (method === 'POST' ? 0 : NaN))
        if (Number.isSafeInteger(offset)) heard.accepted(offset, bytes, ms)
        if (bytes > 0 && !isFastLink(bytes, ms)) hash()
        tus.options.chunkSize = pieceBytes()
      },
    })

    const ended = Promise.withResolvers<TransferEnd>()
    const tus = new TusUpload(file, {
      // Found under its id: where an answer was lost it is not made twice. One that was never asked for is made.
      ...(upload.isKnown ? { uploadUrl: addressOf(upload.fileId) } : { endpoint }),
      // A small one is there with a single request. A large one is asked for first: a refusal would come while it is sent, and look like a lost connection.
      uploadDataDuringCreation: file.size <= Math.min(WITH_CREATION_BYTES, pieceBytes()),
      metadata: metadataOf(upload),
      chunkSize: pieceBytes(),
      retryDelays: null,
      storeFingerprintForResuming: false,
      fingerprint: async () => '',
      httpStack,
      fileReader: { openFile: async () => source },
      onSuccess: () => ended.resolve(isFile ? { how: 'finished', digest: read } : { how: 'trouble', trouble: notPutAway, isBegin: false }),
      onError: (error) => ended.resolve(endOf(error)),
    })
    const stop = () => {
      void tus.abort()
      ended.resolve({ how: 'stopped' })
    }
    signal.addEventListener('abort', stop)
    if (signal.aborted) return { how: 'stopped' }
    if (!upload.isKnown) heard.asked()
    tus.start()
    const end = await ended.promise
    signal.removeEventListener('abort', stop)
    return end
  }

  /** Tells the relay that it is not wanted; null when it is gone, else what was in the way. */
  async function abandon(fileId: string, signal: AbortSignal): Promise<Trouble | null> {
    const stack = createTusHttp(http, { signal, isLast: () => false, prepare: () => undefined, heard: () => undefined })
    const request = stack.createRequest('DELETE', addressOf(fileId))
    request.setHeader('Tus-Resumable', '1.0.0')
    try {
      await request.send(null)
      return null
    } catch (error) {
      if (error instanceof RequestFailed) return error.trouble
      throw error
    }
  }

  return { carry, abandon }
}

/** As the relay reads it; without what there is none of. */
function metadataOf({ fileId, name, type, sessionId, folder }: Upload): Record<string, string> {
  const all = { file_id: fileId, filename: name, filetype: type, session_id: sessionId ?? '', folder }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''))
}

function endOf(error: Error & { causingError?: Error | null }): TransferEnd {
  const cause = error instanceof RequestFailed || error instanceof Unreadable ? error : error.causingError
  if (cause instanceof Unreadable) return { how: 'unreadable' }
  if (cause instanceof RequestFailed) return cause.trouble.code === 'ABORTED' ? { how: 'stopped' } : { how: 'trouble', trouble: cause.trouble, isBegin: cause.method === 'POST' }
  // An answer that is not tus: something stands between here and the relay.
  return { how: 'trouble', trouble: trouble('UNREACHABLE', error.message), isBegin: false }
}

// Whole files in a bucket that speaks S3. What it stumbles over is told to people as a store that is away, and in the log by its code.
import { rm, stat } from 'node:fs/promises'
import { S3Client } from 'bun'
import { Refused } from '#protocol'
import type { Clock } from '../clock.ts'
import type { Bucket } from '../files-url.ts'
import type { Log } from '../observability/log.ts'
import { isBlobName, type BlobStore } from './blob-store.ts'
import { createCopies } from './s3-copies.ts'

export type S3Sizes = {
  /** Of a part of a larger file; S3 wants 5 MiB at least. Two of them are on their way at once, so this is what an upload costs in memory. */
  partBytes: number
  /** Fetched at once by a reader, one ahead: what a download costs in memory is twice this. */
  pieceBytes: number
  /** Of all copies on this machine. */
  copiesBytes: number
  /** Without a sign of life the store is away. A piece or two parts have to get through within it: 8 MiB at 140 kB/s. */
  patienceMs: number
  /** The same for whoever only looks whether it is there. */
  lookMs: number
}

/** Copies: what people attach within some days, and small beside the disk of a relay that keeps its files elsewhere. */
const usual: S3Sizes = { partBytes: 8 * 1024 * 1024, pieceBytes: 4 * 1024 * 1024, copiesBytes: 2 * 1024 ** 3, patienceMs: 60_000, lookMs: 5_000 }
const atOnce = 2
const tries = 3
const maxParts = 10_000
/** Of one answer of a list. */
const perPage = 1_000

const late = 'NO_ANSWER'

/** What the store calls it, or Bun in its place. */
const codeOf = (problem: unknown) => String((problem as { code?: unknown }).code ?? (problem as Error).name)
const isMissing = (problem: unknown) => ['NoSuchKey', 'NotFound'].includes(codeOf(problem))

type Dependencies = { bucket: Bucket; /** Below the prefix; nobody else puts anything there. */ of: string; /** For copies. */ folder: string; clock: Clock; log: Log; sizes?: Partial<S3Sizes> }

export function createS3Blobs({ bucket, of, folder, clock, log, sizes = {} }: Dependencies): BlobStore {
  const { partBytes, pieceBytes, copiesBytes, patienceMs, lookMs } = { ...usual, ...sizes }
  const { prefix, sessionToken, endpoint, ...access } = bucket
  const client = new S3Client({ ...access, ...(endpoint === null ? {} : { endpoint }), ...(sessionToken === null ? {} : { sessionToken }) })
  const before = `${prefix}${of}/`
  const keyOf = (blob: string) => before + blob
  const copies = createCopies({ folder, maxBytes: copiesBytes, clock })

  /** A store that does not answer must not hold up who asks: Bun's client waits for ever. */
  async function patiently<T>(work: Promise<T>, ms = patienceMs): Promise<T> {
    const tooLong = Promise.withResolvers<never>()
    const timer = clock.setTimer(() => tooLong.reject(Object.assign(new Error('no answer'), { code: late })), ms)
    try {
      return await Promise.race([work, tooLong.promise])
    } finally {
      timer.cancel()
    }
  }

  function away(what: string, problem: unknown): Refused {
    log.warn('files.store_away', { what, code: codeOf(problem) })
    return new Refused('BUSY', 'the store of files does not answer', { details: { reason: 'files_store' }, retryAfterMs: 10_000 })
  }

  /** Of what can be done again without harm. Missing is an answer. */
  async function ask<T>(what: string, work: () => Promise<T>): Promise<T | null> {
    for (let tried = 1; ; tried++) {
      try {
        return await patiently(work())
      } catch (problem) {
        if (isMissing(problem)) return null
        if (tried === tries || codeOf(problem) === late) throw away(what, problem)
      }
    }
  }

  const size = (blob: string) => ask('size', () => client.file(keyOf(blob)).stat().then((found) => found.size))

  /** Nothing is seen under the name before all of it is there; what is given up is taken back part by part. */
  async function put(key: string, path: string, bytes: number): Promise<void> {
    const partSize = Math.max(partBytes, Math.ceil(bytes / maxParts))
    const writer = client.file(key).writer({ partSize, queueSize: atOnce, retry: tries - 1, type: 'application/octet-stream' })
    try {
      let waiting = 0
      for await (const chunk of Bun.file(path).stream()) {
        const written = writer.write(chunk)
        if (written instanceof Promise) await patiently(written)
        waiting += chunk.byteLength
        if (waiting < atOnce * partSize) continue
        // It takes whatever it is given; only this waits until it is gone.
        await patiently(Promise.resolve(writer.flush()))
        waiting = 0
      }
      await patiently(Promise.resolve(writer.end()))
    } catch (problem) {
      Promise.resolve(writer.end(problem as Error)).catch(() => undefined)
      throw away('put', problem)
    }
  }

  const piece = (blob: string, from: number, to: number) =>
    ask('read', async () => {
      const bytes = await client.file(keyOf(blob)).slice(from, to).bytes()
      if (bytes.byteLength !== to - from) throw new Error(`it gave ${bytes.byteLength} of ${to - from} bytes`)
      return bytes
    })

  /**
   * In pieces, each asked for when the one before is taken: who reads slowly holds no connection of the store open, a connection
   * that breaks costs one piece, and who leaves asks for no more.
   */
  async function open(blob: string, from = 0, to?: number): Promise<{ content: ReadableStream<Uint8Array>; bytes: number } | null> {
    const whole = await size(blob)
    if (whole === null) return null
    const end = Math.min(to ?? whole, whole)
    let at = Math.min(from, end)
    const bytes = end - at
    const next = () => (at < end ? piece(blob, at, Math.min(at + pieceBytes, end)) : Promise.resolve(null))
    // Before anybody is told that it comes.
    let ahead = next()
    if ((await ahead) === null && bytes > 0) return null
    const content = new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          const taken = await ahead
          if (taken === null) {
            if (at < end) throw new Error('the file was deleted while it was read')
            return controller.close()
          }
          at += taken.byteLength
          ahead = next()
          // Whoever comes for it hears of it.
          ahead.catch(() => undefined)
          controller.enqueue(taken)
        },
      },
      { highWaterMark: 0 },
    )
    return { content, bytes }
  }

  return {
    where: `s3://${bucket.bucket}/${before}`,
    prepare: copies.prepare,
    async take(blob, path) {
      const bytes = await stat(path).then((found) => found.size, () => null)
      if (bytes === null) {
        // It was taken before, and whoever did so did not hear of it.
        if ((await size(blob)) === null) throw new Error(`${blob} is neither here nor there`)
        return
      }
      if ((await size(blob)) !== bytes) {
        await put(keyOf(blob), path, bytes)
        const there = await size(blob)
        if (there !== bytes) {
          await ask('remove', () => client.delete(keyOf(blob)))
          log.error('files.store_lies', { blob, put: bytes, found: there })
          throw new Refused('BUSY', 'the store of files has kept something else', { details: { reason: 'files_store' }, retryAfterMs: 10_000 })
        }
      }
      await rm(path, { force: true })
    },
    size,
    read: async (blob, from, to) => (await open(blob, from, to))?.content ?? null,
    local: (blob) => copies.of(blob, () => open(blob)),
    async remove(blob) {
      await copies.drop(blob)
      await ask('remove', () => client.delete(keyOf(blob)))
    },
    async look() {
      try {
        await patiently(client.list({ prefix: before, maxKeys: 1 }), lookMs)
      } catch (problem) {
        throw new Refused('BUSY', codeOf(problem) === late ? 'no answer' : codeOf(problem), { details: { reason: 'files_store' } })
      }
    },
    async *names() {
      let continuationToken: string | undefined
      do {
        const page = await ask('list', () => client.list({ prefix: before, maxKeys: perPage, ...(continuationToken ? { continuationToken } : {}) }))
        for (const { key } of page?.contents ?? []) {
          const name = key.slice(before.length)
          if (isBlobName(name)) yield name
        }
        continuationToken = page?.isTruncated ? page.nextContinuationToken : undefined
      } while (continuationToken)
    },
  }
}

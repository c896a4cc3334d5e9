// What everything that keeps whole files must do, wherever it keeps them. Run by a test file per implementation.
import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BlobStore } from '../../relay/files/blob-store.ts'

/** `stranger`: somebody else puts something at the same place; says whether it is still there. */
export type BlobPlace = { open(): BlobStore; stranger(): Promise<() => Promise<boolean>>; end(): Promise<void> }

const mib = 1024 * 1024

export function blobStoreContract(name: string, makePlace: (folder: string) => BlobPlace): void {
  describe(`whole files on ${name}`, () => {
    let folder: string
    let place: BlobPlace
    let store: BlobStore
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'ensemble-blobs-'))
      place = makePlace(folder)
      store = place.open()
      await store.prepare()
    })
    afterEach(async () => {
      await place.end()
      await rm(folder, { recursive: true })
    })

    const pathTo = (content: Uint8Array | string) => {
      const path = join(folder, `on its way ${randomUUID()}`)
      writeFileSync(path, content, { mode: 0o600 })
      return path
    }
    /** Bytes of which each can be told from its neighbours. */
    function patterned(bytes: number): Buffer {
      const words = new Uint32Array(bytes >> 2)
      for (let index = 0; index < words.length; index++) words[index] = Math.imul(index, 2_654_435_761)
      return Buffer.from(words.buffer)
    }
    const keep = async (content: Uint8Array | string, extension = '') => {
      const blob = randomUUID() + extension
      await store.take(blob, pathTo(content))
      return blob
    }
    const bytesOf = async (blob: string, from?: number, to?: number) => {
      const found = await store.read(blob, from, to)
      return found && Buffer.from(await new Response(found).arrayBuffer())
    }
    const named = async () => {
      const names: string[] = []
      for await (const each of store.names()) names.push(each)
      return names.sort()
    }

    test('takes a file away from the disk and gives its bytes back, whole, in parts, and to another that is opened on the same place', async () => {
      const content = patterned(100_000)
      const path = pathTo(content)
      const blob = `${randomUUID()}.hwp`
      await store.take(blob, path)
      expect(existsSync(path)).toBe(false)
      store = place.open()
      expect(await store.size(blob)).toBe(content.byteLength)
      expect((await bytesOf(blob))!.equals(content)).toBe(true)
      for (const [from, to] of [[0, 1], [1, 100_000], [99_999, 100_000], [500, 500], [40_000, undefined], [99_000, 200_000]] as const) {
        expect((await bytesOf(blob, from, to))!.equals(content.subarray(from, to))).toBe(true)
      }
    })

    test('an empty file is one', async () => {
      const blob = await keep('')
      expect([await store.size(blob), (await bytesOf(blob))!.byteLength, readFileSync((await store.local(blob))!, 'utf8')]).toEqual([0, 0, ''])
    })

    test('what is not there is null, for every question', async () => {
      const blob = randomUUID()
      expect([await store.size(blob), await store.read(blob), await store.read(blob, 1, 2), await store.local(blob)]).toEqual([null, null, null, null])
      await store.remove(blob)
    })

    test('taking again does no harm: with the file still there, or gone after a crash; of one that is nowhere it fails', async () => {
      const blob = await keep('once')
      await store.take(blob, join(folder, 'gone already'))
      const path = pathTo('once')
      await store.take(blob, path)
      expect([existsSync(path), (await bytesOf(blob))!.toString(), await named()]).toEqual([false, 'once', [blob]])
      expect(await store.take(randomUUID(), join(folder, 'nowhere')).then(() => 'taken', () => 'failed')).toBe('failed')
    })

    test('a file of many parts is the same when it comes back, and can be read from its middle', async () => {
      const content = patterned(23 * mib + 4)
      const blob = await keep(content, '.bin')
      expect((await bytesOf(blob))!.equals(content)).toBe(true)
      expect((await bytesOf(blob, 7 * mib - 3, 16 * mib + 1))!.equals(content.subarray(7 * mib - 3, 16 * mib + 1))).toBe(true)
    })

    test('a file on this machine has the same bytes, for many who ask at once and again later', async () => {
      const content = patterned(6 * mib)
      const blob = await keep(content)
      const paths = await Promise.all([store.local(blob), store.local(blob), store.local(blob)])
      expect(new Set(paths).size).toBe(1)
      expect(readFileSync(paths[0]!).equals(content)).toBe(true)
      expect((await stat(paths[0]!)).mode & 0o077).toBe(0)
      store = place.open()
      await store.prepare()
      expect(readFileSync((await store.local(blob))!).equals(content)).toBe(true)
    })

    test('removed it is gone for everybody who asks', async () => {
      const blob = await keep('soon gone')
      const path = (await store.local(blob))!
      await store.remove(blob)
      await store.remove(blob)
      expect([await store.size(blob), await store.read(blob), await store.local(blob), existsSync(path), await named()]).toEqual([null, null, null, false, []])
    })

    test('lists all that it was given, however many, and nothing of anybody else', async () => {
      const isThere = await place.stranger()
      const blobs: string[] = []
      for (let n = 0; n < 25; n++) blobs.push(await keep(`${n}`, n % 2 ? '.txt' : ''))
      expect(await named()).toEqual(blobs.sort())
      for await (const blob of store.names()) await store.remove(blob)
      expect([await named(), await isThere()]).toEqual([[], true])
    })

    test('who leaves in the middle takes nothing along', async () => {
      const content = patterned(8 * mib)
      const blob = await keep(content)
      const found = (await store.read(blob))!
      const reader = (found instanceof Blob ? found.stream() : found).getReader()
      const { value } = await reader.read()
      expect(Buffer.from(value!).equals(content.subarray(0, value!.byteLength))).toBe(true)
      await reader.cancel()
      expect((await bytesOf(blob, 0, 4))!.equals(content.subarray(0, 4))).toBe(true)
    })

    test('says where it is', () => {
      expect(store.where.length).toBeGreaterThan(5)
    })
  })
}

// A ZIP file (APPNOTE 6.3.9) made while it is read: nothing is packed tighter, nothing held whole, how long it will be is known before the first byte, and it can be begun at any byte. ZIP64 where it is needed. By ourselves, because the libraries that stream (client-zip among them) only begin at the first byte.
import { crc32 } from 'node:zlib'

/** `path`: relative, `/` between, no two alike. `modifiedAt`: ms since 1970. */
export type ZipEntry = { path: string; size: number; modifiedAt: number }

const fits32 = (value: number) => value < 0xffffffff
const fits16 = (value: number) => value < 0xffff
const max32 = 0xffffffff
const max16 = 0xffff

/** UTF-8 names; checksum and sizes stand behind the content, where they are known. */
const flags = 0x0808
const version = 20
const version64 = 45
const unix = 3 << 8
const plainFile = (0o100644 << 16) >>> 0

const localBytes = 30
const centralBytes = 46
const timeBytes = 9
const endBytes = 22
const end64Bytes = 56 + 20
const descriptorBytes = (size: number) => (fits32(size) ? 16 : 24)

/** Fields of 2, 4 and 8 bytes, the lowest byte first. */
function record(...fields: [bytes: 2 | 4 | 8, value: number][]): Buffer {
  const buffer = Buffer.alloc(fields.reduce((sum, [bytes]) => sum + bytes, 0))
  let at = 0
  for (const [bytes, value] of fields) {
    if (bytes === 8) buffer.writeBigUInt64LE(BigInt(value), at)
    else buffer.writeUIntLE(value, at, bytes)
    at += bytes
  }
  return buffer
}

/** A day and a time of two seconds, from 1980 on; the exact one stands beside it. */
function dosTime(ms: number): [time: number, day: number] {
  const date = new Date(Math.min(Math.max(ms, Date.UTC(1980, 0, 1)), Date.UTC(2107, 11, 31)))
  return [(date.getUTCHours() << 11) | (date.getUTCMinutes() << 5) | (date.getUTCSeconds() >> 1), ((date.getUTCFullYear() - 1980) << 9) | ((date.getUTCMonth() + 1) << 5) | date.getUTCDate()]
}

const exactTime = (ms: number) => Buffer.concat([record([2, 0x5455], [2, 5]), Buffer.of(1), record([4, Math.min(Math.max(0, Math.floor(ms / 1000)), max32)])])
/** The sizes and places that have no room in their fields. */
const extra64 = (values: readonly number[]) => (values.length === 0 ? Buffer.alloc(0) : record([2, 1], [2, values.length * 8], ...values.map((value): [8, number] => [8, value])))

function localHeader({ size, modifiedAt }: ZipEntry, name: Buffer): Buffer {
  const [time, day] = dosTime(modifiedAt)
  const large = !fits32(size)
  // What stands behind the content has 8 bytes for each size only where this says so.
  const extra = Buffer.concat([exactTime(modifiedAt), extra64(large ? [size, size] : [])])
  const sizes = large ? max32 : 0
  return Buffer.concat([record([4, 0x04034b50], [2, large ? version64 : version], [2, flags], [2, 0], [2, time], [2, day], [4, 0], [4, sizes], [4, sizes], [2, name.length], [2, extra.length]), name, extra])
}

const descriptor = (size: number, crc: number) => {
  const bytes = fits32(size) ? 4 : 8
  return record([4, 0x08074b50], [4, crc], [bytes, size], [bytes, size])
}

function centralHeader({ size, modifiedAt }: ZipEntry, name: Buffer, crc: number, offset: number): Buffer {
  const [time, day] = dosTime(modifiedAt)
  const wide = [...(fits32(size) ? [] : [size, size]), ...(fits32(offset) ? [] : [offset])]
  const extra = Buffer.concat([exactTime(modifiedAt), extra64(wide)])
  const least = wide.length > 0 ? version64 : version
  const shown = fits32(size) ? size : max32
  const head = record([4, 0x02014b50], [2, unix | version64], [2, least], [2, flags], [2, 0], [2, time], [2, day], [4, crc], [4, shown], [4, shown], [2, name.length], [2, extra.length])
  return Buffer.concat([head, record([2, 0], [2, 0], [2, 0], [4, plainFile], [4, fits32(offset) ? offset : max32]), name, extra])
}

const needsEnd64 = (count: number, length: number, offset: number) => !fits16(count) || !fits32(length) || !fits32(offset)

function end(count: number, length: number, offset: number): Buffer {
  const few = fits16(count) ? count : max16
  const last = record([4, 0x06054b50], [2, 0], [2, 0], [2, few], [2, few], [4, fits32(length) ? length : max32], [4, fits32(offset) ? offset : max32], [2, 0])
  if (!needsEnd64(count, length, offset)) return last
  const wide = record([4, 0x06064b50], [8, 44], [2, unix | version64], [2, version64], [4, 0], [4, 0], [8, count], [8, count], [8, length], [8, offset])
  const locator = record([4, 0x07064b50], [4, 0], [8, offset + length], [4, 1])
  return Buffer.concat([wide, locator, last])
}

/** In bytes, of the whole ZIP file. */
export function zipBytes(entries: readonly Pick<ZipEntry, 'path' | 'size'>[]): number {
  let offset = 0
  let central = 0
  for (const { path, size } of entries) {
    const name = Buffer.byteLength(path)
    central += centralBytes + name + timeBytes + extra64([...(fits32(size) ? [] : [size, size]), ...(fits32(offset) ? [] : [offset])]).length
    offset += localBytes + name + timeBytes + (fits32(size) ? 0 : 20) + size + descriptorBytes(size)
  }
  return offset + central + endBytes + (needsEnd64(entries.length, central, offset) ? end64Bytes : 0)
}

/** Checksums of what was read before. */
export type KnownSums<E> = { of(entry: E): number | undefined; learn(entry: E, crc: number): void }

type Part<E> = {
  /** Bytes [from, to) of the ZIP file. */
  from?: number
  to?: number
  /** With the checksum of what lies before `from` none of that is read again. */
  sums?: KnownSums<E>
}

/** `read`: the content of one from byte `start` to its end; asked for when its turn comes. What it throws is thrown on: then the file has no end, and nobody takes it for whole. */
export async function* zip<E extends ZipEntry>(entries: readonly E[], read: (entry: E, start: number) => Promise<AsyncIterable<Uint8Array>>, { from = 0, to = Infinity, sums }: Part<E> = {}): AsyncGenerator<Uint8Array> {
  const central: Buffer[] = []
  let at = 0
  /** Goes past these bytes: what of them is wanted. */
  function* past(bytes: Uint8Array): Generator<Uint8Array> {
    const wanted = bytes.subarray(Math.max(0, from - at), Math.max(0, to - at))
    at += bytes.length
    if (wanted.length > 0) yield wanted
  }
  for (const entry of entries) {
    const offset = at
    const name = Buffer.from(entry.path)
    yield* past(localHeader(entry, name))
    const begins = at
    const known = sums?.of(entry)
    if (known !== undefined) at += Math.min(entry.size, Math.max(0, from - at))
    let crc = 0
    if (at - begins < entry.size) {
      for await (const bytes of await read(entry, at - begins)) {
        if (known === undefined) crc = crc32(bytes, crc)
        yield* past(bytes)
        if (at >= to) return
      }
    }
    if (at - begins !== entry.size) throw new Error(`${at - begins} bytes where ${entry.size} should be`)
    if (known === undefined) sums?.learn(entry, crc)
    yield* past(descriptor(entry.size, known ?? crc))
    if (at >= to) return
    central.push(centralHeader(entry, name, known ?? crc, offset))
  }
  const offset = at
  const directory = Buffer.concat(central)
  yield* past(directory)
  yield* past(end(entries.length, directory.length, offset))
}

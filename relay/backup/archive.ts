// The file of a backup: a plain tar of files with simple names, which any tar opens; written with its hashes, read with suspicion.
import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs'

/** The file is no whole backup of ours. */
export class Damaged extends Error {}

export type Entry = { name: string; bytes: number; sha256: string }
/** `take` is called with each piece of an entry, in order, `end` after the last: nothing is read on before it has ended. */
export type Sink = { take(piece: Uint8Array): void; end?(): Promise<void> }

const block = 512
const pieceBytes = 1024 * 1024
const names = /^(?:ensemble\.sqlite|manifest\.json|files\/[\w-][\w.-]{0,89})$/
/** Eleven octal digits; what is larger is written as a number to the base of 256, as GNU's tar does. */
const mostOctal = 0o77777777777

const padding = (bytes: number) => (block - (bytes % block)) % block

function headerOf(name: string, bytes: number, at: number): Buffer {
  if (!names.test(name)) throw new Error(`no name for a backup: ${name}`)
  const header = Buffer.alloc(block)
  const octal = (value: number, offset: number, length: number) => header.write(`${value.toString(8).padStart(length - 1, '0')}\0`, offset)
  header.write(name, 0)
  octal(0o600, 100, 8)
  octal(0, 108, 8)
  octal(0, 116, 8)
  if (bytes <= mostOctal) octal(bytes, 124, 12)
  else {
    header[124] = 0x80
    header.writeBigUInt64BE(BigInt(bytes), 128)
  }
  octal(Math.floor(at / 1000), 136, 12)
  header.write('0ustar\x0000', 156)
  header.write('ustar\x0000', 257)
  header.write(`${sumOf(header).toString(8).padStart(6, '0')}\0 `, 148)
  return header
}

/** As if its own eight bytes were blanks. */
const sumOf = (header: Buffer) => header.reduce((sum, byte, index) => sum + (index >= 148 && index < 156 ? 32 : byte), 0)

function readHeader(header: Buffer): { name: string; bytes: number } {
  const text = (offset: number, length: number) => header.toString('latin1', offset, offset + length).split('\0')[0]!
  const octal = (offset: number, length: number) => parseInt(text(offset, length).trim() || 'x', 8)
  if (octal(148, 8) !== sumOf(header)) throw new Damaged('a header is damaged')
  const [name, bytes] = [text(0, 100), header[124] === 0x80 ? Number(header.readBigUInt64BE(128)) : octal(124, 12)]
  if (!names.test(name) || header[156] !== 0x30 || !Number.isSafeInteger(bytes)) throw new Damaged(`it holds something that is not ours (${JSON.stringify(name)})`)
  return { name, bytes }
}

/** Throws what the disk throws; the file is left for the caller to remove. */
export function createArchive(path: string, at: number) {
  const file = openSync(path, 'wx', 0o600)
  const write = (bytes: Uint8Array) => {
    for (let done = 0; done < bytes.byteLength; ) done += writeSync(file, bytes, done)
  }

  /** `pieces` have to come to `bytes` in all. */
  async function add(name: string, bytes: number, pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<Entry> {
    write(headerOf(name, bytes, at))
    const hash = new Bun.CryptoHasher('sha256')
    let written = 0
    for await (const piece of pieces) {
      written += piece.byteLength
      if (written > bytes) break
      hash.update(piece)
      write(piece)
    }
    if (written !== bytes) throw new Error(`${name} changed while it was read`)
    write(Buffer.alloc(padding(bytes)))
    return { name, bytes, sha256: hash.digest('hex') }
  }

  return {
    add,
    async addFile(name: string, source: string): Promise<Entry> {
      const from = openSync(source, 'r')
      try {
        return await add(name, fstatSync(from).size, piecesOf(from))
      } finally {
        closeSync(from)
      }
    },
    /** Whole and on the disk. */
    finish(): void {
      write(Buffer.alloc(2 * block))
      fsyncSync(file)
    },
    close: () => closeSync(file),
  }
}

function* piecesOf(file: number): Generator<Uint8Array> {
  for (;;) {
    const piece = Buffer.alloc(pieceBytes)
    const read = readSync(file, piece, 0, piece.length, null)
    if (read === 0) return
    yield piece.subarray(0, read)
  }
}

/** All entries with their hashes. `sinkOf`: who takes the content of an entry, if anybody. Throws `Damaged`. */
export async function readArchive(path: string, sinkOf: (name: string) => Sink | null): Promise<Entry[]> {
  const file = openSync(path, 'r')
  try {
    const { size } = fstatSync(file)
    const entries: Entry[] = []
    let offset = 0
    const read = (length: number): Buffer => {
      const piece = Buffer.alloc(length)
      let got = 0
      while (got < length) {
        const more = readSync(file, piece, got, length - got, offset + got)
        if (more === 0) throw new Damaged('its end is missing')
        got += more
      }
      offset += length
      return piece
    }

    for (;;) {
      const header = read(block)
      if (header.every((byte) => byte === 0)) return entries
      const { name, bytes } = readHeader(header)
      if (bytes > size - offset) throw new Damaged('its end is missing')
      if (entries.some((each) => each.name === name)) throw new Damaged(`${name} is in it twice`)
      const sink = sinkOf(name)
      const hash = new Bun.CryptoHasher('sha256')
      for (let left = bytes; left > 0; ) {
        const piece = read(Math.min(left, pieceBytes))
        hash.update(piece)
        sink?.take(piece)
        left -= piece.length
      }
      await sink?.end?.()
      read(padding(bytes))
      entries.push({ name, bytes, sha256: hash.digest('hex') })
    }
  } finally {
    closeSync(file)
  }
}

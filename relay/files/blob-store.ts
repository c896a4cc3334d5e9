// What keeps the bytes of whole files, wherever that is: on the relay's disk, or in a bucket. Files that still grow are not its worry.

/** Bytes to be handed on without holding them all: a file of this disk, or what comes over the network. */
export type BlobBytes = Blob | ReadableStream<Uint8Array>

/**
 * A blob has a name of letters, digits, '-', '_' and '.', at most 90 of them, and its bytes never change: whoever reads sees all of it or nothing.
 * Everything but `where` refuses with BUSY, details {reason: 'files_store'}, while the place does not answer.
 */
export type BlobStore = {
  /** Before the first use. */
  prepare(): Promise<void>
  /** Takes a whole, synced file from the disk. Afterwards the blob survives a crash and `path` is gone. Refused, `path` is as it was. Again for the same blob: no harm. */
  take(blob: string, path: string): Promise<void>
  /** In bytes; null: there is none. */
  size(blob: string): Promise<number | null>
  /** Bytes [from, to); all without them. null: there is none. Who stops reading a stream has to cancel it. */
  read(blob: string, from?: number, to?: number): Promise<BlobBytes | null>
  /** A file on this machine with these bytes, to be read only and soon, or linked: a copy may be gone later. null: there is none. */
  local(blob: string): Promise<string | null>
  /** Also of one that is not there. */
  remove(blob: string): Promise<void>
  /** Of all blobs, in no order; what somebody else keeps at the same place is left out. */
  names(): AsyncIterable<string>
  /** For whoever runs the relay: refuses as the others do, soon, and says in its message how the place answered. */
  look(): Promise<void>
  /** For people: a folder, or a bucket with its prefix. Never holds a secret. */
  where: string
}

const names = /^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,89}$/

/** Whether we could have given it. */
export const isBlobName = (name: string): boolean => names.test(name)

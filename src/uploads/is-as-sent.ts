// Whether what the relay has read of a file is what was here: asked when all of it is there, so that nothing waits for the slower of two hashes.
import type { Digests } from './digests.ts'
import type { FileSources } from './file-sources.ts'
import type { Upload } from './upload.ts'

/** True also when nobody can say any more: a later page may be unable to read the file, and the relay has hashed what it keeps. */
export async function isAsSent({ sources, digests }: { sources: FileSources; digests: Digests }, upload: Upload): Promise<boolean> {
  const own = upload.digest ?? (await digestOf())
  return own === null || own === upload.unchecked

  async function digestOf(): Promise<string | null> {
    const opened = await sources.open(upload)
    return 'file' in opened ? digests.of(upload.id, opened.file) : null
  }
}

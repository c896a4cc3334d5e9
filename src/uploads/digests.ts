// SHA-256 of whole files, found by a worker beside the page while they are sent.

export type DigestWish = { id: string; file: Blob } | { drop: string }
export type DigestAnswer = { id: string; digest: string | null }

/** The part of a Worker that is used. */
export type DigestWorker = {
  postMessage(wish: DigestWish): void
  addEventListener(type: 'message', listener: (event: { data: DigestAnswer }) => void): void
  addEventListener(type: 'error', listener: () => void): void
  terminate(): void
}

export type Digests = ReturnType<typeof createDigests>

/** In the build a file of its own from the page's origin: the policy allows no other script. */
export const startDigestWorker = (): DigestWorker => new Worker(new URL('./digest.worker.ts', import.meta.url), { type: 'module' }) as DigestWorker

export function createDigests({ start }: { start: () => DigestWorker }) {
  let worker: DigestWorker | null = null
  const wanted = new Map<string, { hash: Promise<string | null>; found: (digest: string | null) => void }>()

  function running(): DigestWorker {
    if (worker) return worker
    worker = start()
    worker.addEventListener('message', ({ data }) => settle(data.id, data.digest))
    // Without a worker there is no hash, and the file is sent all the same: the relay makes one of its own.
    worker.addEventListener('error', () => {
      stop()
      for (const id of [...wanted.keys()]) settle(id, null)
    })
    return worker
  }

  function settle(id: string, digest: string | null): void {
    wanted.get(id)?.found(digest)
    wanted.delete(id)
  }

  function stop(): void {
    worker?.terminate()
    worker = null
  }

  return {
    /** As Base64; null when nobody can say. Goes on while the upload pauses; asked again meanwhile it is the same one. */
    of(id: string, file: Blob): Promise<string | null> {
      const known = wanted.get(id)
      if (known) return known.hash
      const { promise, resolve } = Promise.withResolvers<string | null>()
      wanted.set(id, { hash: promise, found: resolve })
      running().postMessage({ id, file })
      return promise
    },
    /** Nobody wants it any more. */
    drop(id: string): void {
      if (!wanted.has(id)) return
      worker?.postMessage({ drop: id })
      settle(id, null)
    },
    stop,
  }
}

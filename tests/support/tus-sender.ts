// A real tus client that sends bytes to a relay, as the page does it.
import { Upload, type DetailedError, type UploadOptions } from 'tus-js-client'

type Sent = { url: string; token: string; bytes: Uint8Array; about: Record<string, string> } & Pick<UploadOptions, 'chunkSize' | 'retryDelays' | 'uploadDataDuringCreation' | 'onChunkComplete' | 'onBeforeRequest' | 'onShouldRetry' | 'onAfterResponse'>

/** SHA-256 as `Repr-Digest` says it. */
export const reprDigest = (bytes: Uint8Array): string => `sha-256=:${new Bun.CryptoHasher('sha256').update(bytes).digest('base64')}:`

/** The headers that begin an upload. */
export const tusBegins = (about: Record<string, string>, size: number): Record<string, string> => ({
  'tus-resumable': '1.0.0',
  'upload-length': String(size),
  'upload-metadata': Object.entries(about).map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`).join(),
})
/** The headers of what appends to one. */
export const tusAppends = (offset: number): Record<string, string> => ({ 'tus-resumable': '1.0.0', 'upload-offset': String(offset), 'content-type': 'application/offset+octet-stream' })

/** `done` resolves with where the upload lies; `upload` is the client's own object. */
export function sendByTus({ url, token, bytes, about, ...options }: Sent): { upload: Upload; done: Promise<string> } {
  const settled = Promise.withResolvers<string>()
  const upload = new Upload(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), {
    endpoint: `${url}/api/v1/files/tus`,
    metadata: about,
    headers: { authorization: `Bearer ${token}` },
    retryDelays: null,
    ...options,
    onSuccess: () => settled.resolve(upload.url!),
    onError: (problem: Error | DetailedError) => settled.reject(problem),
  })
  upload.start()
  return { upload, done: settled.promise }
}

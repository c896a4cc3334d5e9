// A bucket on loopback that speaks as much S3 as the relay asks for, checks each signature, and can be told to fail in the ways that networks do.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

export const s3Keys = { accessKeyId: 'AKIAENSEMBLETEST', secretAccessKey: 'a secret that only the two know' }

/** What happens to a request instead of, or after, its answer. `cut` breaks the connection in the middle of the body, `silent` never answers. */
export type S3Fault = 'error' | 'cut' | 'silent'
type Seen = { method: string; key: string; part: number | null; range: string | null; list: boolean; start: boolean; finish: boolean }

const region = 'here-1'
const bucket = 'files'
const minPartBytes = 5 * 1024 * 1024

const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest()
const hex = (text: string) => createHash('sha256').update(text).digest('hex')
const escaped = (text: string) => encodeURIComponent(text).replace(/[!'()*]/g, (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`)
const xml = (text: string) => text.replace(/[<>&'"]/g, (each) => `&#${each.charCodeAt(0)};`)
const refuse = (status: number, code: string) => new Response(`<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`, { status, headers: { 'content-type': 'application/xml' } })
const answer = (name: string, content: string) => new Response(`<?xml version="1.0" encoding="UTF-8"?><${name}>${content}</${name}>`, { headers: { 'content-type': 'application/xml' } })
type Bytes = Uint8Array<ArrayBuffer>
const md5 = (bytes: Uint8Array) => `"${createHash('md5').update(bytes).digest('hex')}"`

/** Signature Version 4 in the header (AWS: "Create a signed request"), with the date within a quarter of an hour. null: it is right. */
function whyNot(request: Request, url: URL): string | null {
  const match = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(request.headers.get('authorization') ?? '')
  if (!match) return 'AccessDenied'
  const [, id, day, where, signed, signature] = match as unknown as [string, string, string, string, string, string]
  const date = request.headers.get('x-amz-date') ?? ''
  const at = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))
  if (id !== s3Keys.accessKeyId || where !== region) return 'InvalidAccessKeyId'
  if (!date.startsWith(day) || !(Math.abs(Date.now() - at) < 900_000)) return 'RequestTimeTooSkewed'
  const query = [...url.searchParams].map(([key, value]) => `${escaped(key)}=${escaped(value)}`).sort().join('&')
  const headers = signed.split(';').map((name) => `${name}:${(name === 'host' ? url.host : (request.headers.get(name) ?? '')).trim()}\n`).join('')
  const canonical = [request.method, url.pathname, query, headers, signed, request.headers.get('x-amz-content-sha256') ?? ''].join('\n')
  const scope = `${day}/${where}/s3/aws4_request`
  const key = ['s3', 'aws4_request'].reduce<Buffer>((last, text) => hmac(last, text), hmac(hmac(`AWS4${s3Keys.secretAccessKey}`, day), where))
  const right = hmac(key, ['AWS4-HMAC-SHA256', date, scope, hex(canonical)].join('\n'))
  return timingSafeEqual(right, Buffer.from(signature, 'hex')) ? null : 'SignatureDoesNotMatch'
}

export type S3Server = ReturnType<typeof s3Server>

export function s3Server({ pageKeys = 1000 }: { pageKeys?: number } = {}) {
  const objects = new Map<string, Bytes>()
  const uploads = new Map<string, { key: string; parts: Map<number, Bytes> }>()
  const seen: Seen[] = []
  let faultOf: (seen: Seen, nth: number) => S3Fault | null = () => null
  let delayMs = 0
  let ids = 0

  const etags = new WeakMap<Bytes, string>()
  function etagOf(bytes: Bytes): string {
    const etag = etags.get(bytes) ?? md5(bytes)
    etags.set(bytes, etag)
    return etag
  }

  function get(request: Request, key: string, cut: boolean): Response {
    const bytes = objects.get(key)
    if (!bytes) return request.method === 'HEAD' ? new Response(null, { status: 404 }) : refuse(404, 'NoSuchKey')
    const headers = { etag: etagOf(bytes), 'last-modified': new Date().toUTCString(), 'accept-ranges': 'bytes' }
    if (request.method === 'HEAD') return new Response(null, { headers: { ...headers, 'content-length': String(bytes.byteLength) } })
    const [, from, to] = /^bytes=(\d+)-(\d+)?$/.exec(request.headers.get('range') ?? '') ?? []
    if (from !== undefined && Number(from) >= bytes.byteLength) return refuse(416, 'InvalidRange')
    const part = from === undefined ? bytes : bytes.subarray(Number(from), to === undefined ? undefined : Number(to) + 1)
    const range: Record<string, string> = from === undefined ? {} : { 'content-range': `bytes ${from}-${Number(from) + part.byteLength - 1}/${bytes.byteLength}` }
    const half = new ReadableStream({
      async pull(controller) {
        controller.enqueue(part.subarray(0, part.byteLength >> 1))
        controller.error(new Error('cut'))
      },
    })
    return new Response(cut ? half : part, { status: from === undefined ? 200 : 206, headers: { ...headers, ...range, 'content-length': String(part.byteLength) } })
  }

  function list(url: URL): Response {
    const prefix = url.searchParams.get('prefix') ?? ''
    const after = url.searchParams.get('continuation-token') ?? url.searchParams.get('start-after') ?? ''
    const max = Math.min(Number(url.searchParams.get('max-keys') ?? 1000), pageKeys)
    const all = [...objects.keys()].filter((key) => key.startsWith(prefix) && key > after).sort()
    const page = all.slice(0, max)
    const more = all.length > page.length
    const contents = page.map((key) => `<Contents><Key>${xml(key)}</Key><LastModified>${new Date().toISOString()}</LastModified><ETag>${xml(etagOf(objects.get(key)!))}</ETag><Size>${objects.get(key)!.byteLength}</Size><StorageClass>STANDARD</StorageClass></Contents>`)
    return answer('ListBucketResult', `<Name>${bucket}</Name><Prefix>${xml(prefix)}</Prefix><KeyCount>${page.length}</KeyCount><MaxKeys>${max}</MaxKeys><IsTruncated>${more}</IsTruncated>${more ? `<NextContinuationToken>${xml(page.at(-1)!)}</NextContinuationToken>` : ''}${contents.join('')}`)
  }

  function finish(uploadId: string, body: string): Response {
    const upload = uploads.get(uploadId)
    if (!upload) return refuse(404, 'NoSuchUpload')
    const named = [...body.matchAll(/<Part>\s*<PartNumber>(\d+)<\/PartNumber>\s*<ETag>(.*?)<\/ETag>\s*<\/Part>/gs)].map(([, number, etag]) => ({ number: Number(number), etag: etag!.replace(/&quot;|&#34;/g, '"') }))
    const parts = named.map(({ number, etag }) => {
      const part = upload.parts.get(number)
      return part && etagOf(part).replaceAll('"', '') === etag.replaceAll('"', '') ? part : null
    })
    if (parts.length === 0 || parts.includes(null) || named.some(({ number }, index) => index > 0 && number <= named[index - 1]!.number)) return refuse(400, 'InvalidPart')
    if (parts.slice(0, -1).some((part) => part!.byteLength < minPartBytes)) return refuse(400, 'EntityTooSmall')
    objects.set(upload.key, new Uint8Array(Buffer.concat(parts as Bytes[])))
    uploads.delete(uploadId)
    return answer('CompleteMultipartUploadResult', `<Bucket>${bucket}</Bucket><Key>${xml(upload.key)}</Key><ETag>${xml(etagOf(objects.get(upload.key)!))}</ETag>`)
  }

  async function handle(request: Request): Promise<Response> {
    const url = new URL(request.url)
    const [, name = '', ...rest] = url.pathname.split('/')
    const key = decodeURIComponent(rest.join('/'))
    const wrong = whyNot(request, url)
    if (wrong !== null) return refuse(403, wrong)
    if (name !== bucket) return refuse(404, 'NoSuchBucket')
    const { method } = request
    const uploadId = url.searchParams.get('uploadId')
    const part = url.searchParams.get('partNumber')
    const about: Seen = { method, key, part: part === null ? null : Number(part), range: request.headers.get('range'), list: method === 'GET' && key === '', start: url.searchParams.has('uploads'), finish: method === 'POST' && uploadId !== null }
    seen.push(about)
    const fault = faultOf(about, seen.length)
    if (fault === 'silent') return new Promise(() => undefined)
    // The connection is gone before all of it was read.
    if (fault === 'cut' && request.body && method === 'PUT') {
      await request.body.getReader().read()
      return new Response(new ReadableStream({ pull: (controller) => controller.error(new Error('cut')) }), { headers: { 'content-length': '1' } })
    }
    const body = method === 'PUT' || method === 'POST' ? new Uint8Array(await request.arrayBuffer()) : new Uint8Array(0)
    if (delayMs > 0) await Bun.sleep(delayMs)
    if (fault === 'error') return refuse(503, 'SlowDown')
    if (about.list) return list(url)
    if (method === 'GET' || method === 'HEAD') return get(request, key, fault === 'cut')
    if (about.start) {
      uploads.set(`upload-${++ids}`, { key, parts: new Map() })
      return answer('InitiateMultipartUploadResult', `<Bucket>${bucket}</Bucket><Key>${xml(key)}</Key><UploadId>upload-${ids}</UploadId>`)
    }
    if (about.finish) return finish(uploadId!, Buffer.from(body).toString())
    if (method === 'PUT' && uploadId !== null) {
      const upload = uploads.get(uploadId)
      if (!upload) return refuse(404, 'NoSuchUpload')
      upload.parts.set(Number(part), body)
      return new Response(null, { headers: { etag: etagOf(body) } })
    }
    if (method === 'PUT') {
      objects.set(key, body)
      return new Response(null, { headers: { etag: etagOf(body) } })
    }
    if (method === 'DELETE') {
      if (uploadId !== null) uploads.delete(uploadId)
      else objects.delete(key)
      return new Response(null, { status: 204 })
    }
    return refuse(405, 'MethodNotAllowed')
  }

  const server = Bun.serve({ port: 0, hostname: '127.0.0.1', idleTimeout: 0, development: false, maxRequestBodySize: 64 * 1024 ** 3, fetch: handle, error: () => new Response(null, { status: 500 }) })
  const endpoint = `http://127.0.0.1:${server.port}`
  return {
    endpoint,
    objects,
    /** Begun and neither finished nor given up. */
    uploads,
    /** Every request with a right signature, in order. */
    seen,
    bucket: { bucket, prefix: 'team/', endpoint, region, sessionToken: null, ...s3Keys },
    /** For FILES_URL. */
    url: `s3://${bucket}/team?endpoint=${encodeURIComponent(endpoint)}&region=${region}`,
    /** `which` is asked of every request; null lets it pass. */
    fail: (which: (seen: Seen, nth: number) => S3Fault | null): void => void (faultOf = which),
    heal: (): void => void (faultOf = () => null),
    slow: (ms: number): void => void (delayMs = ms),
    stop: () => server.stop(true),
  }
}

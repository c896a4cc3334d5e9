// How each of those who take uploads is sent one file, chunk by chunk; what they hold of it afterwards is taken away again.
import { randomUUID } from 'node:crypto'
import { httpLine, type HttpLine } from './http-line.ts'

/** `relay`, `messages`: ours, by tus and by messages · `requirement`: messages to a bare socket · `put`, `hash`: to a bare server. */
export type UploadTarget = { way: 'relay' | 'messages' | 'requirement' | 'tus' | 'put' | 'hash'; port: number; token?: string }
export type UploadPlan = { target: UploadTarget; bytes: number; chunkBytes: number; /** After each chunk. */ pauseMs?: number; /** So many at once, each with a connection of its own. */ atOnce?: number; /** Of whom each sends one, in turn, in the place of the target's. */ tokens?: string[]; /** Each sends file after file for so long, beginning at some time of its own within the first second. */ forMs?: number }
export type UploadResult = { seconds: number; bytes: number }

const tus = { 'tus-resumable': '1.0.0' }
const bytesType = { 'content-type': 'application/offset+octet-stream' }
/** One buffer for all chunks: what is sent costs the sender nothing but the sending. */
const noise = new Uint8Array(16 * 1024 * 1024)
for (let at = 0; at < noise.length; at += 65_536) crypto.getRandomValues(noise.subarray(at, at + 65_536))

async function expect(line: HttpLine, request: Parameters<HttpLine['send']>[0], ...statuses: number[]) {
  const answer = await line.send(request)
  if (!statuses.includes(answer.status)) throw new Error(`${request.method} ${request.path}: ${answer.status}`)
  return answer
}

/** `at`: where it lies; `sent`: all of it, unless the time was over. */
async function byTus(line: HttpLine, path: string, auth: Record<string, string>, bytes: number, chunkBytes: number, pauseMs: number, until: number): Promise<{ at: string; sent: number }> {
  const metadata = `filename ${Buffer.from(`${randomUUID()}.bin`).toString('base64')},filetype ${Buffer.from('application/octet-stream').toString('base64')}`
  const { headers } = await expect(line, { method: 'POST', path, headers: { ...tus, ...auth, 'upload-length': String(bytes), 'upload-metadata': metadata } }, 201)
  const at = new URL(headers.get('location')!, 'http://127.0.0.1').pathname
  let sent = 0
  for (let offset = 0; offset < bytes && performance.now() < until; offset += chunkBytes) {
    const body = noise.subarray(0, Math.min(chunkBytes, bytes - offset))
    await expect(line, { method: 'PATCH', path: at, headers: { ...tus, ...auth, ...bytesType, 'upload-offset': String(offset) }, body }, 204)
    sent += body.byteLength
    if (pauseMs > 0) await Bun.sleep(pauseMs)
  }
  return { at, sent }
}

/** As the requirement has it: JSON with base64, each answered before the next, with a pause of so many ms after it. `begin` is answered with what names the file. */
async function byMessages({ port, token, way }: UploadTarget, bytes: number, chunkBytes: number, pauseMs: number): Promise<number> {
  const socket = way === 'messages' ? new WebSocket(`ws://127.0.0.1:${port}/ws`, ['ensemble.v1', `bearer.${token}`]) : new WebSocket(`ws://127.0.0.1:${port}/${randomUUID()}`)
  const answers = new Map<string, (answer: { type: string; data: Record<string, unknown> }) => void>()
  socket.onmessage = ({ data }) => {
    const said = JSON.parse(String(data)) as Answer | Answer[]
    for (const each of Array.isArray(said) ? said : [said]) if (each.id !== undefined) answers.get(each.id)?.(each)
  }
  /** `rest`: the end of the JSON of `data`, which is made once for many of them. */
  const ask = async (type: string, data: object, rest = '') => {
    const id = randomUUID()
    const answered = Promise.withResolvers<{ type: string; data: Record<string, unknown> }>()
    answers.set(id, answered.resolve)
    socket.onclose = () => answered.reject(new Error('the socket was closed'))
    socket.send(`{"type":"${type}","id":"${id}","data":${JSON.stringify(data).slice(0, -1)}${rest}},"timestamp":0}`)
    const answer = await answered.promise
    answers.delete(id)
    if (answer.type !== 'success') throw new Error(`${type}: ${JSON.stringify(answer.data)}`)
    return answer.data
  }
  await new Promise((resolve, reject) => {
    socket.onopen = resolve
    socket.onclose = reject
  })
  const textOf = (length: number) => `,"data":"${Buffer.from(noise.buffer, 0, length).toString('base64')}"`
  const whole = textOf(chunkBytes)
  const began = performance.now()
  const chunks = Math.ceil(bytes / chunkBytes)
  const fileId = way === 'messages' ? (await ask('upload_start', { file_id: randomUUID(), filename: `${randomUUID()}.bin`, content_type: 'application/octet-stream', size: bytes, total_chunks: chunks }))['file_id'] : ''
  for (let index = 0; index < chunks; index++) {
    await ask('upload_chunk', { file_id: fileId, chunk_index: index, is_last: index === chunks - 1 }, index === chunks - 1 ? textOf(bytes - index * chunkBytes) : whole)
    if (pauseMs > 0) await Bun.sleep(pauseMs)
  }
  const seconds = (performance.now() - began) / 1000
  socket.close()
  return seconds
}
type Answer = { id?: string; type: string; data: Record<string, unknown> }

/** From the first request to the last answer, in seconds. After `until`, in milliseconds of this process, nothing more is sent. */
async function sendFile({ target, bytes, chunkBytes, pauseMs = 0 }: UploadPlan, until = Infinity): Promise<UploadResult> {
  const { way, port, token } = target
  if (way === 'messages' || way === 'requirement') return { seconds: await byMessages(target, bytes, chunkBytes, pauseMs), bytes }
  const line = await httpLine(port)
  const auth: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {}
  const began = performance.now()
  let seconds: number
  let sent = 0
  if (way === 'relay' || way === 'tus') {
    const uploaded = await byTus(line, way === 'relay' ? '/api/v1/files/tus' : '/files', auth, bytes, chunkBytes, pauseMs, until)
    sent = uploaded.sent
    seconds = (performance.now() - began) / 1000
    await expect(line, { method: 'DELETE', path: way === 'relay' && sent === bytes ? uploaded.at.replace('/tus/', '/') : uploaded.at, headers: { ...tus, ...auth } }, 200, 204)
  } else {
    const path = `/${randomUUID()}`
    while (sent < bytes && performance.now() < until) {
      const body = noise.subarray(0, Math.min(chunkBytes, bytes - sent))
      await expect(line, { method: 'PUT', path: way === 'hash' ? `${path}?hash` : path, headers: {}, body }, 204)
      sent += body.byteLength
      if (pauseMs > 0) await Bun.sleep(pauseMs)
    }
    await expect(line, { method: 'POST', path, headers: {} }, 200)
    seconds = (performance.now() - began) / 1000
  }
  line.close()
  return { seconds, bytes: sent }
}

/** So that fifty senders are not fifty requests in one moment. */
const startsWithinMs = 1_000

async function sendFor(plan: UploadPlan, share: number, forMs: number): Promise<number> {
  const until = performance.now() + forMs
  await Bun.sleep(startsWithinMs * share)
  let bytes = 0
  while (performance.now() < until) bytes += (await sendFile(plan, until)).bytes
  return bytes
}

/** `seconds`: until the last was answered. */
export async function sendFiles(plan: UploadPlan): Promise<UploadResult> {
  const began = performance.now()
  const { target, tokens = [], atOnce = 1, forMs } = plan
  const senderOf = (index: number): UploadPlan => (tokens.length === 0 ? plan : { ...plan, target: { ...target, token: tokens[index % tokens.length]! } })
  const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0)
  const senders = Array.from({ length: atOnce }, (_, index) => senderOf(index))
  if (forMs !== undefined) {
    const bytes = sum(await Promise.all(senders.map((sender, index) => sendFor(sender, index / atOnce, forMs))))
    return { seconds: (performance.now() - began) / 1000, bytes }
  }
  const each = await Promise.all(senders.map((sender) => sendFile(sender)))
  return { seconds: each.length === 1 ? each[0]!.seconds : (performance.now() - began) / 1000, bytes: sum(each.map(({ bytes }) => bytes)) }
}

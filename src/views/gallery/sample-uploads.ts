// Invented files on their way and in a session, in every state that one can see.
import type { FileUploaded } from '#protocol'
import type { UploadView } from '../files/upload-view.ts'

const MB = 1_000_000

let made = 0
const upload = (name: string, type: string, size: number, sent: number, rest: Partial<UploadView>): UploadView => {
  const id = `upload-${++made}`
  return { id, fileId: id, sessionId: 's', name, folder: '', outOf: '', size, type, lastModified: 0, purpose: 'files', addedAt: 0, state: 'sending', offset: size * sent, speed: null, secondsLeft: null, folderSpeed: null, anew: null, trouble: null, canAsk: false, ...rest }
}

export const uploads: readonly UploadView[] = [
  upload('harbour-cam-2026-11-20-berth-14-night-recording.mp4', 'video/mp4', 1_200 * MB, 0.34, { speed: 38 * MB, secondsLeft: 21 }),
  upload('booking-intake.pdf', 'application/pdf', 18 * MB, 0.04, {}),
  upload('partner-traces.tar.zst', 'application/zstd', 640 * MB, 0.61, { state: 'paused' }),
  upload('port-codes.csv', 'text/csv', 2.1 * MB, 0.12, { state: 'waiting' }),
  upload('2026년 4분기 항구 처리량 보고서 최종.xlsx', 'application/vnd.ms-excel', 4 * MB, 0, { state: 'queued' }),
  upload('tides.json', 'application/json', 0.4 * MB, 1, { anew: 'lost' }),
  upload('whole-disk.img', 'application/octet-stream', 9_000 * MB, 0, { state: 'failed', trouble: { code: 'TOO_LARGE', details: { limit: 5_000 * MB } } }),
  upload('pilot.wav', 'audio/wav', 42 * MB, 0.5, { state: 'failed', trouble: { code: 'CONFLICT', details: { reason: 'digest' } } }),
  upload('survey.las', 'application/octet-stream', 800 * MB, 0.3, { state: 'file-wanted', canAsk: true }),
  upload('soundings.las', 'application/octet-stream', 300 * MB, 0.1, { state: 'file-wanted', canAsk: true }),
  upload('berths.dwg', 'application/octet-stream', 80 * MB, 0.7, { state: 'file-wanted' }),
]

export const folder: readonly UploadView[] = Array.from({ length: 312 }, (_, at) =>
  upload(`DSC_${String(4000 + at)}.JPG`, 'image/jpeg', 6 * MB, at < 120 ? 1 : at < 123 ? 0.4 : 0, {
    folder: at % 3 === 0 ? 'inspection/north pier' : 'inspection/south pier',
    state: at < 118 ? 'done' : at < 120 ? 'failed' : at < 123 ? 'sending' : 'queued',
    ...(at >= 118 && at < 120 ? { trouble: { code: 'FORBIDDEN' } } : at >= 120 && at < 123 ? { speed: 4 * MB, secondsLeft: 3 } : {}),
  }),
)

export const promptFiles: readonly UploadView[] = [
  upload('quay-plan.png', 'image/png', 2.4 * MB, 1, { state: 'done', purpose: 'prompt' }),
  upload('quay-photo.png', 'image/png', 2.4 * MB, 0.4, { purpose: 'prompt', speed: 1.2 * MB, secondsLeft: 2 }),
  upload('partner-retries.har', 'application/json', 2.4 * MB, 1, { state: 'done', purpose: 'prompt' }),
  upload('a-rather-long-name-of-a-trace-that-nobody-has-shortened.log', 'text/plain', 64 * MB, 0.2, { purpose: 'prompt', speed: 3 * MB, secondsLeft: 17 }),
  upload('notes.md', 'text/markdown', 12_000, 0, { state: 'paused', purpose: 'prompt' }),
  upload('too-large.iso', 'application/octet-stream', 9_000 * MB, 0, { state: 'failed', purpose: 'prompt', trouble: { code: 'TOO_LARGE', details: { limit: 5_000 * MB } } }),
]

/** What a preview shows of each, by its id. */
const contents: Readonly<Record<string, string>> = {
  'plan.svg': '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 180" width="640" height="360"><rect width="320" height="180" fill="#cfeef8"/><path d="M0 120h220v20H0z" fill="#435252"/><circle cx="250" cy="96" r="22" fill="#ce6234"/></svg>',
  'limits.ts': "// How fast one partner may book.\nexport const LIMITS = {\n  perSecond: 20,\n  burst: 40,\n} as const\n\nexport function isOver(count: number): boolean {\n  return count > LIMITS.burst // or `perSecond`, once it is measured\n}\n",
  'tides.json': '{"port":"KRPUS","id":12345678901234567890,"tides":[{"at":"2026-11-20T04:12:00Z","metres":1.30},{"at":"2026-11-20T10:40:00Z","metres":0.20}],"empty":{}}',
  'README.md': '# Berths\n\nWhat **lies where**, and for how long.\n\n| berth | ship | until |\n|---|---|---|\n| 14 | Aurora | Tuesday |\n| 15 | 한바다 | 수요일 |\n\n```sh\nnpm run berths -- --port KRPUS\n```\n',
  'port-codes.csv': 'code,name\nKRPUS,부산\nDEHAM,Hamburg\n',
  'core.bin': '\u0000\u0001',
}

const TYPES: Readonly<Record<string, string>> = { svg: 'image/svg+xml', ts: 'video/mp2t', json: 'application/json', md: 'text/markdown', csv: 'text/csv' }

export const files: readonly FileUploaded[] = Object.entries(contents).map(([filename, text], at) => ({
  file_id: filename,
  session_id: 's',
  filename,
  content_type: TYPES[filename.split('.').at(-1)!] ?? 'application/octet-stream',
  size: new TextEncoder().encode(text).byteLength,
  user_id: '1',
  username: 'Minji',
  created_at: 1_795_000_000_000 - at * 3_600_000,
}))

export const contentOf = (fileId: string): Blob => new Blob([contents[fileId] ?? ''], { type: files.find((each) => each.file_id === fileId)?.content_type ?? '' })

// Invented sessions for the gallery's timelines: every kind of row, what waits, what failed, an answer being written.
import type { TimelineFrame } from '../../timeline/timeline.ts'
import { createTeller, type Teller } from './tell-timeline.ts'

type Who = [id: string, name: string]
export type StoryName = 'tools' | 'waiting' | 'asks' | 'failures' | 'streaming' | 'long'
export const STORIES: readonly StoryName[] = ['tools', 'waiting', 'asks', 'failures', 'streaming', 'long']

export const FOLDER = '/home/minji/code/harbor-api'
const path = (name: string) => `${FOLDER}/${name}`

const BEFORE = `export async function receiveBooking(request: Request) {
  const partner = await partnerOf(request);
  return enqueue(partner, await request.json());
}
`
const AFTER = `export async function receiveBooking(request: Request) {
  const partner = await identifyPartner(request.headers);
  const verdict = limiter.take(partner.id);

  if (!verdict.allowed) {
    return new Response('slow down', {
      status: 429,
      headers: { 'retry-after': String(Math.ceil(verdict.waitMs / 1000)) },
    });
  }
}
`
const BUCKET = Array.from({ length: 34 }, (_each, at) => (at === 0 ? '// One bucket for each partner.' : `export const step${at} = (waitMs: number) => waitMs + ${at}`)).join('\n')
const TEST_OUTPUT = '\u001b[32m✓\u001b[39m \u001b[1mtoken-bucket refills one token a second\u001b[22m \u001b[2m(2 ms)\u001b[22m\n\u001b[32m✓\u001b[39m \u001b[1mreceive-booking answers 429 with retry-after\u001b[22m \u001b[2m(11 ms)\u001b[22m\n\u001b[2m14 tests, 0 failed, 1.9 s\u001b[22m'

const words = {
  en: {
    prompt: 'The partner’s webhook hammers us with retries after a 503. Give each partner a token bucket, 60 a minute with bursts of 20, answer 429 with Retry-After, and keep the tests green. A trace is attached. @src/webhooks',
    look: 'I’ll look at how bookings arrive before I change anything.',
    think: 'The retries come in bursts, so a bucket per partner fits. The clock must be handed in, or the tests would wait.',
    agent: 'find every caller of enqueue()',
    agentSaid: 'Three callers; only the webhook is reachable from outside.',
    plan: 'The bucket is a pure function with the clock handed in, so the tests never wait. Refusals happen before the body is read.',
    tasks: ['Read how the webhook is received today', 'Write the token bucket with an injected clock', 'Answer 429 with Retry-After', 'Run the webhook tests', 'Count refusals per partner', 'Describe the limit in the partner guide'],
    note: 'Ops are fine with 429s tonight, I asked.',
    answer: 'The limit holds: the twenty-first call inside a second gets `429` with `Retry-After: 1`, and a partner who waits is served again. Two things to know before you merge:\n\n- **Buckets live in memory.** With two instances behind the balancer a partner gets up to twice the limit.\n- The legacy SOAP gateway calls `enqueue()` directly and is not limited. I left it alone; say so if you want it covered.\n\n![Refusals per hour](https://charts.example/refusals.png)',
    why: 'adds the table that counts refusals',
    question: 'What should count as one partner?',
    choices: [['The API key', 'Each key has its own bucket. Two keys of one company count twice.'], ['The company behind the key', 'One more look-up per call, about 2 ms.']],
    planText: '1. Add `token-bucket.ts`: pure, takes the clock as an argument.\n2. Take one token per call in `receive-booking.ts`; answer 429 with `Retry-After`.\n3. Count refusals per partner, no bodies in the log.\n4. Test with a hand-moved clock; no sleeping.',
    denied: 'not on the shared database',
  },
  ko: {
    prompt: '파트너 웹훅이 503 뒤에 재시도를 쏟아붓습니다. 파트너마다 토큰 버킷을 주고, 분당 60회에 순간 20회까지, 넘으면 Retry-After와 함께 429로 답해 주세요. 테스트는 통과해야 합니다. 기록을 붙입니다. @src/webhooks',
    look: '바꾸기 전에 예약이 어떻게 들어오는지 먼저 보겠습니다.',
    think: '재시도가 한꺼번에 오므로 파트너별 버킷이 맞습니다. 시계를 넘겨받지 않으면 테스트가 기다려야 합니다.',
    agent: 'enqueue()를 부르는 곳 모두 찾기',
    agentSaid: '세 곳이 부르며, 밖에서 닿는 곳은 웹훅뿐입니다.',
    plan: '버킷은 시계를 넘겨받는 순수 함수라서 테스트가 기다리지 않습니다. 본문을 읽기 전에 거절합니다.',
    tasks: ['지금의 웹훅 수신 방식 읽기', '시계를 주입받는 토큰 버킷 작성', '429와 Retry-After로 응답', '웹훅 테스트 실행', '파트너별 거절 횟수 집계', '파트너 안내서에 한도 설명 추가'],
    note: '오늘 밤 429가 나가도 운영팀은 괜찮다고 했어요.',
    answer: '한도가 잘 지켜집니다. 1초 안의 스물한 번째 호출은 `Retry-After: 1`과 함께 `429`를 받고, 기다린 파트너는 다시 응답을 받습니다. 병합하기 전에 알아 두실 점이 두 가지 있습니다.\n\n- **버킷은 메모리에 있습니다.** 로드 밸런서 뒤에 인스턴스가 두 개면 파트너는 한도의 두 배까지 쓸 수 있습니다.\n- 예전 SOAP 게이트웨이는 `enqueue()`를 직접 호출하므로 한도가 걸리지 않습니다. 그대로 두었습니다.\n\n![시간당 거절 횟수](https://charts.example/refusals.png)',
    why: '거절 횟수를 세는 테이블을 추가합니다',
    question: '무엇을 한 파트너로 볼까요?',
    choices: [['API 키', '키마다 버킷이 따로 있습니다. 한 회사의 키 두 개는 따로 셉니다.'], ['키를 가진 회사', '호출마다 조회가 한 번 더 필요하며 약 2 ms 걸립니다.']],
    planText: '1. `token-bucket.ts` 추가: 시계를 인자로 받는 순수 함수.\n2. `receive-booking.ts`에서 호출마다 토큰 하나를 쓰고, 없으면 `Retry-After`와 함께 429로 답합니다.\n3. 파트너별 거절 횟수를 세고, 본문은 기록하지 않습니다.\n4. 손으로 움직이는 시계로 테스트합니다.',
    denied: '공용 데이터베이스에는 안 됩니다',
  },
} as const
type Words = (typeof words)['en' | 'ko']

/** The frames of one story; it ends ten minutes after its beginning at most, about now. */
export function storyFrames(name: StoryName, korean: boolean, now: number): TimelineFrame[] {
  const tell = createTeller(now - 10 * 60_000)
  const w = words[korean ? 'ko' : 'en']
  const minji: Who = ['1', korean ? '김민지' : 'Minji Kim']
  const jun: Who = ['2', korean ? '박준' : 'Jun Park']
  const sofia: Who = ['3', 'Sofia Lindqvist']
  if (name === 'long') longStory(tell, w, minji)
  else if (name === 'failures') failures(tell, w, minji, jun)
  else {
    work(tell, w, minji, jun)
    if (name === 'tools') rest(tell, w, minji, sofia)
    if (name === 'waiting') waiting(tell, w)
    if (name === 'asks') asks(tell, w, minji, sofia)
    if (name === 'streaming') {
      tell.message('note', sofia, w.note)
      tell.write('stream', '', 0)
    }
  }
  return tell.frames
}

function read(tell: Teller, file: string, lines: number, parent?: string) {
  const id = tell.start('Read', { file_path: path(file) }, { parent })
  tell.stop(id, Array.from({ length: lines }, (_each, at) => `${String(at + 1).padStart(6)}\tconst line${at} = ${at}`).join('\n'), { parent, ms: 60 })
}

function search(tell: Teller, pattern: string, hits: number, parent?: string) {
  const id = tell.start('Grep', { pattern, path: path('src') }, { parent })
  tell.stop(id, `Found ${hits} files\n${Array.from({ length: hits }, (_each, at) => `src/file-${at}.ts`).join('\n')}`, { parent, ms: 90 })
}

function work(tell: Teller, w: Words, minji: Who, jun: Who) {
  tell.message('user', minji, w.prompt, { attachments: [{ file_id: 'f1', filename: 'partner-retries.har', content_type: 'application/json', size: 2_400_000 }] })
  tell.wait(4_000)
  tell.begin(minji)
  tell.say(w.think, null, 'thinking', 6_000)
  tell.say(w.look)
  for (const file of ['receive-booking.ts', 'queue.ts', 'partner.ts', 'limits.ts']) read(tell, `src/webhooks/${file}`, 24)
  search(tell, 'enqueue\\(', 11)
  search(tell, 'Retry-After', 2)
  tell.stop(tell.start('WebFetch', { url: 'https://developer.mozilla.org/en-US/docs/Web/HTTP/Headers/Retry-After', prompt: 'What may stand in it?' }), 'Either a date, or a number of **seconds**.', { ms: 800 })
  tell.stop(tell.start('mcp__postgres__query', { sql: 'select count(*) from partners', readonly: true }), '{"rows":[{"count":412}],"ms":4}', { ms: 120 })
  const agent = tell.start('Agent', { description: w.agent, prompt: 'Look through src/ and tell who calls enqueue().', subagent_type: 'Explore' })
  search(tell, 'enqueue\\(', 11, agent)
  read(tell, 'packages/booking-intake/src/adapters/legacy-soap-gateway/receive-booking-confirmation.ts', 240, agent)
  tell.say(w.agentSaid, agent)
  tell.stop(agent, w.agentSaid, { ms: 24_000 })
  const todos = w.tasks.map((content, at) => ({ content, status: at < 3 ? ('completed' as const) : at === 3 ? ('in_progress' as const) : ('pending' as const) }))
  tell.stop(tell.start('TodoWrite', { todos }, { edit: { type: 'todo', todos } }), 'ok', { edit: { type: 'todo', todos }, ms: 10 })
  tell.say(w.plan)
  const edit = { type: 'edit' as const, file_path: path('src/webhooks/receive-booking.ts'), old_string: BEFORE, new_string: AFTER, start_line: 18 }
  tell.stop(tell.start('Edit', { file_path: edit.file_path, old_string: BEFORE, new_string: AFTER }, { edit }), 'ok', { edit, ms: 30 })
  const limits = { type: 'edit' as const, file_path: path('src/webhooks/limits.ts'), old_string: 'export const limits = {\n  perMinute: 0,\n  burst: 0,\n};\n', new_string: 'export const limits = {\n  perMinute: 60,\n  burst: 20,\n  refillMs: 1_000,\n  idleMs: 600_000,\n};\n', start_line: 3 }
  tell.stop(tell.start('Edit', { file_path: limits.file_path, old_string: limits.old_string, new_string: limits.new_string }, { edit: limits }), 'ok', { edit: limits, ms: 30 })
  const written = { type: 'write' as const, file_path: path('src/webhooks/token-bucket.ts'), content: BUCKET }
  tell.stop(tell.start('Write', { file_path: written.file_path, content: BUCKET }, { edit: written }), 'ok', { edit: written, ms: 20 })
  tell.stop(tell.start('Bash', { command: 'npm run lint' }), 'Exit code 1\n\u001b[31merror\u001b[39m  Missing semicolon  semi\n1 problem', { ms: 3_400, failed: true })
  const asked = tell.ask('tool', 'Bash', { command: 'npm test -- webhooks' }, { suggestions: [{ tool: 'Bash', content: 'npm test:*' }] })
  tell.resolve(asked, 'allowed', jun, { scope: 'session', rule: { tool: 'Bash', content: 'npm test:*' } })
  tell.stop(asked.call, TEST_OUTPUT, { ms: 8_200 })
}

function rest(tell: Teller, w: Words, minji: Who, sofia: Who) {
  tell.message('note', sofia, w.note)
  tell.wait(60_000)
  tell.stop(tell.start('WebSearch', { query: 'token bucket burst' }), 'Links: [{"title":"Token bucket","url":"https://en.wikipedia.org/wiki/Token_bucket"},{"title":"Rate limits explained","url":"https://www.rfc-editor.org/rfc/rfc6585"}]\nA bucket refills at a steady pace.', { ms: 1_100 })
  tell.stop(tell.start('NotebookEdit', { notebook_path: path('notes/load.ipynb'), cell_id: 'c7', new_source: 'plot(refusals)' }), 'ok', { ms: 40 })
  tell.stop(tell.start('HarborCrane', { berth: 14, moves: ['lift', 'swing'], dry_run: true }), 'The crane is idle.', { ms: 200, cut: 412_000 })
  tell.stop(tell.start('Read', { file_path: path('missing.ts') }), 'File does not exist.', { failed: true, ms: 10 })
  tell.unknown('hologram', { strength: 3 })
  tell.log('mode_changed', 'Permission mode is now acceptEdits', { args: { mode: 'acceptEdits' } })
  tell.say(w.answer)
  tell.end()
  tell.log('compacted', 'compacted')
  tell.message('user', minji, Array.from({ length: 18 }, (_each, at) => `${at + 1}. ${w.look}`).join('\n'))
}

function waiting(tell: Teller, w: Words) {
  tell.ask('tool', 'Bash', { command: 'npm run migrate -- --name add-partner-refusals', description: w.why }, { suggestions: [{ tool: 'Bash', content: 'npm run migrate:*' }] })
}

function asks(tell: Teller, w: Words, minji: Who, sofia: Who) {
  const denied = tell.ask('tool', 'Bash', { command: 'npm run migrate' })
  tell.resolve(denied, 'denied', sofia, { message: w.denied })
  tell.stop(denied.call, 'refused', { failed: true })
  tell.resolve(tell.ask('tool', 'WebFetch', { url: 'https://example.com/' }), 'withdrawn', null)
  const questions = [
    { question: w.question, header: 'Partner', multiSelect: false, options: w.choices.map(([label, description]) => ({ label, description })) },
    { question: 'Which environments?', header: 'Where', multiSelect: true, options: [{ label: 'staging' }, { label: 'production' }] },
  ]
  const answered = tell.ask('question', 'AskUserQuestion', { questions: questions.slice(0, 1) })
  tell.resolve(answered, 'allowed', minji, { scope: 'once', answers: { [w.question]: w.choices[0][0] } })
  tell.stop(answered.call, 'ok')
  tell.ask('question', 'AskUserQuestion', { questions })
  tell.ask('plan', 'ExitPlanMode', { plan: w.planText })
  tell.ask('tool', 'Edit', { file_path: path('db/schema/partner.ts'), old_string: 'export const partner = table({\n  name: text(),\n});\n', new_string: 'export const partner = table({\n  name: text().notNull(),\n  refusals: integer().default(0),\n  lastRefusedAt: timestamp(),\n});\n' }, { suggestions: [{ tool: 'Edit', content: `/${FOLDER}/**` }] })
  tell.ask('tool', 'Bash', { command: Array.from({ length: 40 }, (_each, at) => `echo "step ${at}" >> migration.log`).join('\n') })
  tell.ask('tool', 'mcp__postgres__query', { sql: 'delete from partners where idle', confirm: true })
}

function failures(tell: Teller, w: Words, minji: Who, jun: Who) {
  const prompt = (text: string) => {
    tell.message('user', minji, text)
    tell.begin(minji)
  }
  prompt(w.look)
  tell.log('api_retry', 'overloaded', { level: 'warn', source: 'claude', execution_id: tell.execution(), args: { status: 529, attempt: 1 } })
  tell.log('api_retry', 'overloaded', { level: 'warn', source: 'claude', execution_id: tell.execution(), args: { status: 529, attempt: 2 } })
  tell.say(w.plan)
  tell.end('failed', { error: { code: 'overloaded', message: 'overloaded' } })
  prompt(w.look)
  tell.end('interrupted', { reason: 'process_died' })
  prompt(w.look)
  tell.end('interrupted', { reason: 'budget' })
  prompt('/heapdump')
  tell.end('failed', { error: { code: 'VALIDATION', message: '/heapdump is no command of this folder' } })
  prompt(w.look)
  tell.end('failed', { error: { code: 'authentication_failed', message: 'Invalid API key' } })
  prompt(w.look)
  tell.say(w.plan)
  tell.end('interrupted', { reason: 'person' })
  tell.kept('queue', { items: [], held_by: { user_id: jun[0], username: jun[1], reason: 'person' } })
  tell.message('relay', jun, 'The process was restarted while it waited for an answer about Bash.\nJun has now allowed it. Call Bash again with exactly the same input as before, then go on. It was:\n\n```json\n{ "command": "npm test" }\n```')
  prompt(w.look)
  tell.log('stalled', 'quiet', { level: 'warn', execution_id: tell.execution() })
}

function longStory(tell: Teller, w: Words, minji: Who) {
  for (let turn = 0; turn < 20; turn++) {
    tell.message('user', minji, `${turn + 1}. ${w.prompt}`)
    tell.begin(minji)
    for (let call = 0; call < 125; call++) {
      tell.stop(tell.start('Bash', { command: `npm test -- part-${turn}-${call}` }), TEST_OUTPUT, { ms: 900 })
      if (call % 10 === 0) tell.say(w.plan)
    }
    tell.say(w.answer)
    tell.end()
  }
}

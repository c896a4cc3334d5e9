// What the scripted model answers in the demo: a tour through thinking, tools, tasks, diffs, permissions, questions and plans.
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createScript, type Script } from './script.ts'

const READING = { chunkChars: 12, everyMs: 24 }
const HANGUL = /\p{Script=Hangul}/u
const TYPING = { chunkChars: 5, everyMs: 22 }

const BUCKET = `/** A token bucket with the clock handed in: it never waits and never asks for the time itself. */
export function createTokenBucket({ perMinute, burst, now }) {
  let tokens = burst
  let filledAt = now()
  return {
    take() {
      const time = now()
      tokens = Math.min(burst, tokens + ((time - filledAt) / 60_000) * perMinute)
      filledAt = time
      if (tokens < 1) return { allowed: false, waitMs: Math.ceil(((1 - tokens) / perMinute) * 60_000) }
      tokens -= 1
      return { allowed: true, waitMs: 0 }
    },
  }
}
`

const GENERAL = `This is the demo: the relay and the Claude CLI are real, but I am a script without a model, so I know only a few answers. Send one of these:

- **Give each partner a rate limit**: reading, tasks, edits, a command that needs your permission
- **Explain this project**: a longer answer with code and a table
- **Plan the migration**: a plan to approve; then **Begin**
- **Ask me something**: a question with choices
- **Find a flaky test**: a command that runs

While I work, try these: write the next prompt (it waits in the queue), *Steer* (it reaches me at the next step), *Stop*, the pencil at one of your prompts, \`/note\` for people only, \`/clear\`, \`/compact\` and \`/fork\`. Open this page in a second browser or on your phone and watch both at once.`

const GENERAL_KOREAN = `시연입니다. 릴레이와 Claude CLI는 진짜이지만 저는 모델 없는 대본이라 몇 가지 답만 압니다(답은 영어로 준비되어 있습니다). 이렇게 보내 보세요.

- **파트너마다 호출 한도를 걸어 줘**: 읽기, 할 일, 수정, 허락이 필요한 명령
- **이 프로젝트를 설명해 줘**: 코드와 표가 있는 긴 답변
- **이전 계획을 세워 줘**: 승인할 계획, 그다음 **시작**
- **질문해 줘**: 고를 수 있는 질문
- **불안정한 테스트를 찾아 줘**: 실행되는 명령

제가 일하는 동안 다음 요청(대기열에 들어갑니다), *끼어들기*, *중지*, 내 요청의 연필, 사람끼리만 보는 \`/note\`, \`/clear\`, \`/compact\`, \`/fork\`도 써 보세요. 다른 브라우저나 휴대전화로 함께 열면 양쪽에서 동시에 볼 수 있습니다.`

const STORE = `import { appendFileSync, existsSync, readFileSync } from 'node:fs'

/** An append-only file with one booking a line: what was answered with 202 is still there after a restart. */
export const remember = (file, booking) => appendFileSync(file, \`\${JSON.stringify(booking)}\\n\`)

export const remembered = (file) => (existsSync(file) ? readFileSync(file, 'utf8').split('\\n').filter(Boolean).map((line) => JSON.parse(line)) : [])
`

function answerToSteer(steer: string): string {
  const said = `“${steer.trim().slice(0, 200)}”`
  return HANGUL.test(steer)
    ? `${said} 잘 받았습니다. 진짜 Claude라면 여기서 방향을 바꾸지만, 저는 대본이라 하던 일을 이어 갑니다.`
    : `I got ${said}. The real Claude would change course here; I am a script, so I go on with what I began.`
}

/** A new file, also where an earlier walk has left one: Claude may not write over what it has not read. */
function create(file_path: string, content: string) {
  rmSync(file_path, { force: true })
  return { file_path, content }
}

/** The edit, or the way back where it was made before: the tour can be walked again. */
function edit(file_path: string, before: string, after: string) {
  const text = readFileSync(file_path, 'utf8')
  const made = text.includes(after) && !text.includes(before)
  return { file_path, old_string: made ? after : before, new_string: made ? before : after }
}

/** `folder`: the sample workspace, absolute. */
export function createDemoScript(folder: string): Script {
  const script = createScript()
  const at = (path: string) => join(folder, path)

  script.otherwise(/./s).say(GENERAL, READING)
  script.otherwise(HANGUL).say(GENERAL_KOREAN, READING)
  script.whenSteered(answerToSteer)

  script
    .when(/attached|screenshot|\bimage\b|picture|첨부|사진|스크린샷/i)
    .say('What you attached has arrived here, as it would at Claude. I am a script and cannot look into it; the real Claude reads images and files alike.', READING)

  script.when(/^\W*(hi|hello|hey|thanks|thank you|안녕|고마)/i).say(`Hello. ${GENERAL}`, READING)

  script
    .when(/explain|what is this|설명/i)
    .think('A short look at the folder is enough to explain it.', TYPING)
    .use('Read', { file_path: at('README.md') })
    .use('Read', { file_path: at('src/webhooks/receive-booking.js') })
    .use('Read', { file_path: at('src/tides.js') })
    .say(
      `**harbor-api** takes bookings for berths and knows the tide. It has three parts:

| part | file | what it does |
|---|---|---|
| webhook | \`src/webhooks/receive-booking.js\` | checks the partner's key and puts the booking into the queue |
| queue | \`src/queue.js\` | keeps bookings in memory, in the order they came |
| tides | \`src/tides.js\` | one cosine with a period of 12 h 25 min |

A booking takes this way:

\`\`\`js
const partner = partners.get(request.headers['x-api-key'])
if (!partner) return { status: 401, body: 'unknown partner' }
await enqueue(partner, request.body)
\`\`\`

Two things stand out:

1. \`limits.js\` says **0 calls a minute**, and nobody reads it. A partner who retries after a 503 is not slowed down.
2. The queue lives in memory: a restart loses what waits.

Ask me to *give each partner a rate limit*, and I will fix the first.`,
      READING,
    )

  script
    .when(/rate limit|limit each|webhook|한도|제한/i)
    .think('Bookings arrive in receive-booking.js. The limit belongs before the body is used, and the clock should be handed in so that tests never wait.', TYPING)
    .say("I'll look at how bookings arrive before I change anything.", READING)
    .use('Read', { file_path: at('src/webhooks/receive-booking.js') })
    .use('Read', { file_path: at('src/webhooks/limits.js') })
    .use('Read', { file_path: at('test/receive-booking.test.js') })
    .then()
    .use('TaskCreate', { subject: 'Write the token bucket with an injected clock', description: 'A pure bucket', activeForm: 'Writing the token bucket' })
    .use('TaskCreate', { subject: 'Answer 429 with Retry-After', description: 'In the webhook', activeForm: 'Changing the webhook' })
    .use('TaskCreate', { subject: 'Run the tests', description: 'node --test', activeForm: 'Running the tests' })
    .then()
    .use('TaskUpdate', { taskId: '1', status: 'in_progress' })
    .say('The bucket is a small function of its own. Refusals happen before the body is read.', READING)
    .use('Write', () => create(at('src/webhooks/token-bucket.js'), BUCKET))
    .then()
    .use('TaskUpdate', { taskId: '1', status: 'completed' })
    .use('TaskUpdate', { taskId: '2', status: 'in_progress' })
    .then()
    .use('Edit', () => edit(at('src/webhooks/limits.js'), '  perMinute: 0,\n  burst: 0,\n', '  perMinute: 60,\n  burst: 20,\n'))
    .use('Edit', () =>
      edit(
        at('src/webhooks/receive-booking.js'),
        "body: 'unknown partner' }\n  await enqueue",
        `body: 'unknown partner' }
  const verdict = partner.limiter?.take() ?? { allowed: true, waitMs: 0 }
  if (!verdict.allowed) {
    return { status: 429, headers: { 'retry-after': String(Math.ceil(verdict.waitMs / 1000)) }, body: 'slow down' }
  }
  await enqueue`,
      ),
    )
    .then()
    .use('TaskUpdate', { taskId: '2', status: 'completed' })
    .use('TaskUpdate', { taskId: '3', status: 'in_progress' })
    .use('Bash', { command: 'node --test', description: 'Run all tests' })
    .then()
    .use('TaskUpdate', { taskId: '3', status: 'completed' })
    .say(
      `The limit holds: the twenty-first call inside a second gets \`429\` with \`Retry-After: 1\`, and a partner who waits is served again. Two things to know before you merge:

- **Buckets live in memory.** With two instances behind the balancer a partner gets up to twice the limit.
- Partners without a \`limiter\` are not limited. I left it so that nothing else had to change; say so if you want it for all.`,
      READING,
    )

  script
    .when(/\bplan\b|계획/i)
    .use('EnterPlanMode')
    .say('I will look first and then propose a plan.', READING)
    .use('Read', { file_path: at('src/queue.js') })
    .then()
    .use('ExitPlanMode', {
      plan: `## Keep the queue over restarts

1. Add \`src/store.js\`: an append-only file with one booking a line.
2. \`enqueue\` writes the line before it answers 202.
3. At the start, read the file and drop what was done.
4. Test with a process that is killed between write and answer.`,
    })
    .say('Approved. Say **Begin** when you are ready.', READING)

  script
    .when(/^\W*(begin|start|go ahead|go on|continue|시작|계속)/i)
    .say('I take the first step of the plan: what was answered with 202 outlives a restart.', READING)
    .use('Write', () => create(at('src/store.js'), STORE))
    .use('Bash', { command: 'node --test', description: 'Run all tests' })
    .say('`src/store.js` is there and all tests pass. The demo ends here; the queue would call it next.', READING)

  script
    .when(/flaky|불안정/i)
    .say('A flaky test depends on the clock, on chance or on its neighbours. I run all of them twice and compare.', READING)
    .use('Bash', { command: 'node --test && node --test', description: 'Run all tests twice' })
    .say('Both runs agree: no test here is flaky. The tide test would become one if it asked for the present time; it does not.', READING)

  script
    .when(/ask me|question|질문/i)
    .say('One thing decides the design:', READING)
    .use('AskUserQuestion', {
      questions: [
        {
          question: 'What should count as one partner?',
          header: 'Partner',
          multiSelect: false,
          options: [
            { label: 'The API key', description: 'Each key has its own bucket. Two keys of one company count twice.' },
            { label: 'The company behind the key', description: 'One more look-up per call, about 2 ms.' },
          ],
        },
      ],
    })
    .say('Understood, I will count it that way.', READING)

  return script
}

// What the scripted model answers in the demo: a tour through thinking, tools, tasks, diffs, permissions, questions and plans.
import { join } from 'node:path'
import { explainFile, fileAskedFor } from './explain-file.ts'
import { createScript, type Script } from './script.ts'
import type { ScriptedRequest } from './scripted-request.ts'
import { CHANGES, inputFor, stateOf, textOf } from './tour-changes.ts'
import { saysToFailure, taskIdsOf } from './turn-results.ts'

const READING = { chunkChars: 12, everyMs: 24 }
const HANGUL = /\p{Script=Hangul}/u
const TYPING = { chunkChars: 5, everyMs: 22 }

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

function answerToSteer(steer: string): string {
  const said = `“${steer.trim().slice(0, 200)}”`
  return HANGUL.test(steer)
    ? `${said} 잘 받았습니다. 진짜 Claude라면 여기서 방향을 바꾸지만, 저는 대본이라 하던 일을 이어 갑니다.`
    : `I got ${said}. The real Claude would change course here; I am a script, so I go on with what I began.`
}

/** What is said before a change, by whether there is anything left to do. */
const toldOf = (state: ReturnType<typeof stateOf>, name: string, todo: string): string =>
  state === 'open' ? todo : state === 'made' ? `${name} is already there, so I leave it.` : `${name} is there with other content than I would write, so I leave it.`

/** Says of the limit what the files say. */
function endOfTour(states: readonly ReturnType<typeof stateOf>[]): string {
  if (states.some((state) => state !== 'made')) return 'All tests pass, but the limit is not complete: some of the files read differently than I expected, and I left those as they are.'
  return `The limit is in its place and all tests pass: a partner whose bucket is empty gets \`429\` with \`Retry-After\`. Two things to know before you merge:

- **Buckets live in memory.** With two instances behind the balancer a partner gets up to twice the limit.
- Partners without a \`limiter\` are not limited, and none has one yet. I left it so that nothing else had to change; say so if you want it for all.`
}

/** `folder`: the sample workspace, absolute. */
export function createDemoScript(folder: string): Script {
  const script = createScript()
  const at = (path: string) => join(folder, path)
  const make = (name: keyof typeof CHANGES) => () => inputFor(CHANGES[name], at(CHANGES[name].path))
  const stateOfChange = (name: keyof typeof CHANGES) => stateOf(CHANGES[name], at(CHANGES[name].path))
  const task = (place: number, status: string) => (request: ScriptedRequest) => ({ taskId: taskIdsOf(request)[place] ?? String(place + 1), status })

  script.otherwise(/./s).say(GENERAL, READING)
  script.otherwise(HANGUL).say(GENERAL_KOREAN, READING)
  script.whenSteered(answerToSteer)
  script.whenFailed(saysToFailure)

  script
    .when(/attached|screenshot|\bimage\b|picture|첨부|사진|스크린샷/i)
    .say('What you attached has arrived here, as it would at Claude. I am a script and cannot look into it; the real Claude reads images and files alike.', READING)

  script.when(/^\W*(hi|hello|hey|thanks|thank you|안녕|고마)/i).say(`Hello. ${GENERAL}`, READING)

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
    .say(() => toldOf(stateOfChange('bucket'), '`token-bucket.js`', 'The bucket is a small function of its own. Refusals happen before the body is read.'), READING)
    .use('TaskUpdate', task(0, 'in_progress'))
    .use('Write', make('bucket'))
    .then()
    .use('TaskUpdate', task(0, 'completed'))
    .then()
    .use('TaskUpdate', task(1, 'in_progress'))
    .use('Edit', make('limits'))
    .use('Edit', make('webhook'))
    .then()
    .use('TaskUpdate', task(1, 'completed'))
    .use('TaskUpdate', task(2, 'in_progress'))
    .use('Bash', { command: 'node --test', description: 'Run all tests' })
    .then()
    .use('TaskUpdate', task(2, 'completed'))
    .say(() => endOfTour([stateOfChange('bucket'), stateOfChange('limits'), stateOfChange('webhook')]), READING)

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
    .say(() => toldOf(stateOfChange('store'), '`src/store.js`', 'I take the first step of the plan: what was answered with 202 outlives a restart.'), READING)
    .use('Write', make('store'))
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

  script
    .when(/explain|what is this|설명/i)
    .think('A short look at the folder is enough to explain it.', TYPING)
    .use('Read', { file_path: at('README.md') })
    .use('Read', { file_path: at('src/webhooks/receive-booking.js') })
    .use('Read', { file_path: at('src/tides.js') })
    .say(
      () => `**harbor-api** takes bookings for berths and knows the tide. It has three parts:

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

1. ${stateOfChange('webhook') === 'made' ? 'The webhook asks the limiter of a partner, but nobody gives a partner one yet.' : '`limits.js` is read by nobody: a partner who retries after a 503 is not slowed down. Ask me to *give each partner a rate limit*.'}
2. The queue lives in memory: a restart loses what waits.`,
      READING,
    )

  const EXPLAINS = /explain|what does|설명/i
  script
    .when((prompt) => EXPLAINS.test(prompt) && fileAskedFor(prompt, folder) !== null)
    .use('Read', ({ prompt }) => ({ file_path: at(fileAskedFor(prompt, folder) ?? 'README.md') }))
    .say(({ prompt }) => {
      const path = fileAskedFor(prompt, folder) ?? 'README.md'
      return explainFile(path, textOf(at(path)) ?? '')
    }, READING)

  return script
}

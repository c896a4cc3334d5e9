// What is recorded for the page without a relay: per scenario the model's script and what the people do.
import type { ScenarioScript } from './scenario-script.ts'
import { recordErrors } from './recorded-errors.ts'
import { QUESTION, PLAN, READING, recordTools } from './recorded-tools.ts'

const EXPLANATION = `## What the webhook does

A booking comes in at \`receive-booking.js\`, is checked against the list of partners and goes into the queue:

| step | file | what happens |
|---|---|---|
| 1 | \`receive-booking.js\` | the key is looked up, an unknown one is answered with **401** |
| 2 | \`queue.js\` | the booking waits in memory |
| 3 | \`tides.js\` | the depth at that hour is worked out |

\`\`\`js
const partner = partners.get(request.headers['x-api-key'])
if (!partner) return { status: 401, body: 'unknown partner' }
await enqueue(partner, request.body)
\`\`\`

Two things stand out:

1. \`limits.js\` says *0 calls a minute*, and nobody reads it.
2. The queue lives in memory: a restart loses what waits.

항만 예약은 한 줄씩 처리됩니다. Say which of the two I should mend first. 🚢`

export const recordedScenarios: Record<string, ScenarioScript> = {
  streaming: {
    about: 'Thinking and a long answer, piece by piece; one that is stopped half-way.',
    async run({ api, gate, prompts, does, state, text, open, sessionId }) {
      const wait = gate()
      api.when('Good morning').say('Good morning! The sample folder is open. What shall we look at?', READING)
      api.when('Explain').think('A short look at the three files is enough to explain how a booking travels.', READING).say(EXPLANATION, READING)
      api.when('every berth').say('Berth 1 lies on the north quay. Berth 2 lies beside it. ', READING).hold(wait).say('Berth 3 …')
      await prompts('minji', 'Good morning', state('idle'))
      await open()
      await prompts('minji', 'Explain how a booking travels through this project', state('idle'))
      const { execution_id } = await prompts('minji', 'Describe every berth in detail', text('beside it. '))
      await does('minji', 'command', { session_id: sessionId, command: 'interrupt', args: { execution_id } }, state('idle'))
    },
  },

  tools: recordTools,

  permission: {
    about: 'Claude asks: a command, a question with choices, a plan. Allow and deny both go on.',
    async run({ api, prompts, does, answers, seen, state, open, sessionId }) {
      api.when('Make the folder').say('That needs a folder.', READING).use('Bash', { command: 'mkdir -p archive', description: 'Make the folder archive' }).say('As you say.', READING)
      api.when('Which partner').say('One thing decides the design:', READING).use('AskUserQuestion', QUESTION).say('Understood.', READING)
      api.when('Plan the store').say('Here is what I propose.', READING).use('ExitPlanMode', { plan: PLAN }).say('Thank you.', READING)
      const once = { behavior: 'allow', scope: 'once' }
      const no = { behavior: 'deny', message: 'Not today.' }
      await prompts('minji', 'Make the folder', state('waiting'))
      await open()
      await answers('minji', once, state('idle'))
      await prompts('minji', 'Which partner counts?', state('waiting'))
      await answers('minji', { ...once, answers: { 'What should count as one partner?': 'The API key' } }, state('idle'))
      // Claude proposes a plan in this mode only.
      const planning = () =>
        does(
          'minji',
          'command',
          { session_id: sessionId, command: 'set_permission_mode', args: { permission_mode: 'plan' } },
          seen((frame) => frame.type === 'session' && frame.channel === `session:${sessionId}` && frame.data.permission_mode === 'plan'),
        )
      await planning()
      await prompts('minji', 'Plan the store', state('waiting'))
      await answers('minji', once, state('idle'))
      for (const prompt of ['Make the folder', 'Which partner counts?', 'Plan the store']) {
        if (prompt === 'Plan the store') await planning()
        await prompts('minji', prompt, state('waiting'))
        await answers('minji', no, state('idle'))
      }
    },
  },

  queue: {
    about: 'Three prompts wait behind a running one. They can be moved, edited, cancelled, sent at once.',
    guests: { jun: { role: 'collaborator' } },
    async run({ api, gate, prompts, goesOn, seen, text, state, open }) {
      const gates = [gate(), gate(), gate(), gate()]
      const long = ['Write the changelog', 'Check the tides', 'Count the berths', 'Name the partners']
      for (const [index, prompt] of long.entries()) api.when(prompt).say(`${prompt}: I begin. `, READING).hold(gates[index]!).say('That is done.', READING)
      const queued = (n: number) => seen((frame) => frame.type === 'queue' && frame.data.items.length === n)
      await prompts('jun', long[0]!, text('I begin. '))
      await prompts('minji', long[1]!, queued(1))
      await prompts('jun', long[2]!, queued(2))
      await prompts('minji', long[3]!, queued(3))
      await open()
      for (const [index, each] of gates.entries()) await goesOn(each, index < 3 ? text(`${long[index + 1]!}: I begin. `) : state('idle'))
      await prompts('minji', 'Thank you all', state('idle'))
    },
  },

  reconnect: {
    about: 'The socket is cut in the middle of an answer; what was missed comes by position.',
    guests: { jun: { role: 'collaborator' } },
    async run({ api, gate, client, prompts, goesOn, away, text, state, open, sessionId }) {
      const [wait, after] = [gate(), gate()]
      api.when('Good morning').say('Good morning!')
      api.when('timetable').say('The ferry leaves at seven. ', READING).hold(wait).say('The next one leaves at nine. ', READING).hold(after).say('The last one at noon.', READING)
      await prompts('jun', 'Good morning', state('idle'))
      await open()
      await prompts('jun', 'Read me the timetable', text('at seven. '))
      await away(async () => {
        await client('jun').ask('command', { session_id: sessionId, command: 'note', args: { content: 'The tunnel again, one moment.' } })
        wait.open()
        await after.reached
        await client('jun').subscribe(`session:${sessionId}`, { history: 50 })
        await client('jun').until((frame) => frame.type === 'claude_response' && String(frame.data.content).includes('at nine. '), 'the second sentence')
      })
      await goesOn(after, state('idle'))
      await prompts('minji', 'Good morning', state('idle'))
    },
  },

  five: {
    about: 'Five people with all roles: typing, carets, prompts, notes, a viewer who only reads.',
    title: 'Tide tables, together',
    guests: { jun: { role: 'collaborator' }, ada: { role: 'collaborator' }, tomas: { role: 'viewer' }, kim: { role: 'owner', global: 'admin' } },
    async run({ api, prompts, does, seen, state, open, sessionId, userId }) {
      const session = { session_id: sessionId }
      const types = (who: string) => does(who, 'typing', session, seen((frame) => frame.type === 'typing' && frame.data.username === who))
      const note = (who: string, content: string) =>
        does(who, 'command', { ...session, command: 'note', args: { content } }, seen((frame) => frame.type === 'message' && frame.data.content === content))
      api.when('period').say('The period is **12 h 25 min**, half a lunar day.', READING)
      api.when('highest').say('At the beginning: `cos(0)` is 1, so the tide stands at 2.9 m.', READING)
      api.when('range').say('The range is 1.6 m between low and high water.', READING)
      await prompts('jun', 'What is the period of the tide?', state('idle'))
      await note('ada', 'The chart in the office says the same.')
      await open()
      await types('ada')
      await prompts('ada', 'When is it highest?', state('idle'))
      await does('jun', 'cursor_update', { ...session, path: 'src/tides.js', position: { line: 4, column: 9 } }, seen((frame) => frame.type === 'cursor_moved'))
      await types('kim')
      await note('kim', '@minji can you check the range?')
      await does('kim', 'set_role', { ...session, target_user_id: userId('tomas'), role: 'collaborator' })
      await types('tomas')
      await note('tomas', 'Now I may write too. Thank you!')
      await types('jun')
      await prompts('minji', 'And the range?', state('idle'))
    },
  },

  errors: recordErrors,
}

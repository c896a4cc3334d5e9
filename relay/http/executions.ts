// Executions over HTTP: begin, find, cancel; and what Claude offers and does in a session.
import { Refused, rest } from '#protocol'
import type { Executions } from '../executions/executions.ts'
import { route, type Route } from './route.ts'

/** What a tool has read or written is anything at all: no browser may take it for a page. */
const plainText = {
  'content-type': 'text/plain; charset=utf-8',
  'content-security-policy': "default-src 'none'; sandbox",
  'x-content-type-options': 'nosniff',
  'cache-control': 'private, no-store',
}

export function executionRoutes({ executions }: { executions: Executions }): Route[] {
  return [
    route({
      method: 'POST',
      path: '/api/v1/claude/execute',
      access: 'user',
      scope: 'run',
      summary: 'Runs a prompt, in a session of yours or in a new one; what follows is told by its events.',
      about: {
        description:
          'Answers as soon as the prompt is kept: it runs now, or waits in the session’s queue. Send an `Idempotency-Key`: the same key again answers with the same execution, whatever broke in between. Then follow it by its events, or ask for the execution until its `status` is a last one. While it has `held_by`, it waits for somebody to continue it; its events tell that as a `task` that is `pending`. When Claude asks whether it may use a tool, or asks a question, the execution stays `running` and its session is `waiting`; its events have a `permission_request`. No route answers that: somebody does on the page, or a script on the WebSocket with `permission_response` (an API token needs the scope `approve`). Who wants nothing asked names `tools` that need no permission, or uses a session with rules or a mode that allow them. An execution that a crash ends while such a question is open is `interrupted`; answered later, its work goes on in another one, which `continued_by` names. `metadata` is yours and comes back with it; `webhook` tells its end to an address of yours.',
        refuses: ['BUDGET'],
      },
      body: rest.executeBody,
      answer: rest.executed,
      status: 202,
      prompts: true,
      handle: ({ asked, body }) => executions.execute(asked, body),
    }),
    route({
      method: 'GET',
      path: '/api/v1/claude/executions',
      access: 'user',
      scope: 'read',
      summary: 'Executions in sessions that you may see, the latest first.',
      query: rest.executionsQuery,
      answer: rest.executionsPage,
      handle: ({ who, query, inTurn }) => inTurn(() => executions.list(who, query)),
    }),
    route({
      method: 'GET',
      path: '/api/v1/claude/executions/:id',
      access: 'user',
      scope: 'read',
      summary: 'What became of one: its status, times and figures, what was said in it, its result, and what holds it while it waits.',
      about: { description: '`pending`: it waits in its session’s queue, with `held_by` until somebody continues it. `running`: Claude works, or waits for an answer to a `permission_request` (its session is `waiting` then), which no REST route gives. The others are last ones. One that was `interrupted` by `relay_restart` or `process_died` with a question open goes on in another one when somebody answers: `continued_by` names it from that moment on.' },
      answer: rest.execution,
      handle: ({ who, params, inTurn }) => inTurn(() => executions.execution(who, params.id)),
    }),
    route({
      method: 'POST',
      path: '/api/v1/claude/executions/:id/cancel',
      access: 'user',
      scope: 'run',
      summary: 'One that waits never begins, one that runs is interrupted; CONFLICT says how one has ended already.',
      answer: rest.cancelled,
      handle: ({ asked, params }) => executions.cancel(asked, params.id),
    }),
    route({
      method: 'POST',
      path: '/api/v1/claude/executions/:id/continue',
      access: 'user',
      scope: 'run',
      summary: 'One that waits in a queue that is held goes on, in its turn; CONFLICT says how one has ended already.',
      about: {
        description:
          'What waits behind a turn that somebody stopped, or that ended with the relay, is held until somebody decides: `held_by` of the execution says so. This lets the whole queue of its session go on. Where nothing is held nothing changes.',
        refuses: ['BUDGET'],
      },
      answer: rest.ok,
      handle: ({ asked, params }) => executions.goOn(asked, params.id),
    }),
    route({
      method: 'GET',
      path: '/api/v1/claude/sessions/:id/offers',
      access: { session: 'read' },
      summary: 'Slash commands and models that can be chosen in this session.',
      answer: rest.offers,
      handle: ({ params }) => executions.offersOf(params.id),
    }),
    route({
      method: 'GET',
      path: '/api/v1/claude/sessions/:id/context',
      access: { session: 'read' },
      summary: 'What fills the context window of this session.',
      answer: rest.context,
      handle: async ({ params }) => ({ usage: await executions.contextOf(params.id) }),
    }),
    route({
      method: 'GET',
      path: '/api/v1/claude/sessions/:id/tools/:tool/:part',
      access: { session: 'read' },
      summary: 'The whole `input` or `output` of a tool call whose event holds only its beginning, as plain text.',
      about: { content: ['text/plain'] },
      async handle({ params: { id, tool, part } }) {
        const text = part === 'input' || part === 'output' ? await executions.wholeOf(id, tool, part) : null
        if (text === null) throw new Refused('NOT_FOUND', 'not found')
        return new Response(text, { headers: plainText })
      },
    }),
  ]
}

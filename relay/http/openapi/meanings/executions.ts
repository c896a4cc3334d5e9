// What the schemas of executions mean: what a script sends, and what it is told of what came of it.
import type { Meanings } from './fields.ts'

const error = {
  error: 'Why it failed, or was cut off; absent or null: nothing went wrong.',
  'error.code': 'For programs. Some are Claude’s own, so more may come.',
  'error.message': 'For people, in English.',
}

const times = {
  started_at: 'When it began to run, in milliseconds since 1970; null: not yet, or never.',
  ended_at: 'When it ended, in milliseconds since 1970; null: it has not.',
}

const outcome = {
  status: '`pending`: waits in the queue of its session. `running`: Claude works, or waits for an answer to a question. The rest are last ones, and never change again: `completed`, `failed`, `interrupted` (it began and was ended early, see `reason`), `cancelled` (it never began).',
  reason: 'Of `interrupted`, who or what ended it: `person`; `steer`, a prompt that was sent in its place; `relay_restart`; `process_died`; `stalled`, nothing came of it for too long; `budget`, the day’s money is spent.',
  message_id: 'The prompt it answers; absent: a turn without one.',
  user_id: 'Whose prompt it is; of a turn without one it may be absent.',
}

const course = {
  ...outcome,
  origin: '`prompt`: somebody asked. `background`: Claude went on by itself, such as when a command in the background came to its end.',
  progress: '0 to 1, never less than before. While it runs: how much of Claude’s own todo list it has done since it began; without such a list 0, for nobody knows how far a turn is. 1 only when it has `completed`. `status` says more.',
}

const stats = 'What it took, told when it ends; null: it has not ended, or Claude was cut off before it said so (then usage is estimated in `getUsage`).'

const held_by = 'Only of one that is `pending`: its queue is held, and it begins when somebody continues (`continueExecution`) or prompts there, or, by the reason `budget`, when there is one again. Absent or null: it begins in its turn by itself.'

const continues = 'The executions that this one goes on with: they had ended, or gone past it, before a question of theirs was answered, and this one carries the answer.'

const row = {
  ...course,
  ...times,
  ...error,
  prompt: 'The prompt; null: a turn without one.',
  created_at: 'When the prompt was taken, in milliseconds since 1970.',
  stats,
  held_by,
  continued_by: 'The execution in which its work goes on, or waits to: a question of this one was answered when the process that asked was gone. It has the same `metadata`, webhooks and `user_id` (whoever may not prompt there any more excepted), and may be continued in turn. null: in none so far.',
  continues: `${continues} Empty: with none.`,
}

export const EXECUTIONS: Meanings = {
  WebhookSpec: {
    _: 'Where the end of an execution is to be told.',
    url: 'A public https address; others only as the relay is set up to allow them.',
    secret: 'Signs what is sent, at least 16 characters. Without it the relay makes one and tells it as `webhook_secret`.',
    events: 'Which ends to tell, such as `execution.failed`; without it all of them.',
  },
  ExecuteBody: {
    _: 'A prompt, and how it is to be run.',
    prompt: 'What to ask of Claude. One that begins with `/` may be a slash command.',
    session_id: 'The session to ask in: behind what waits there. Without it a new session of yours is begun, and titled by the prompt.',
    workspace_id: 'Of a new session: where Claude works; without it the default workspace. Of an existing session it has to be the session’s own, or left out.',
    system_prompt: 'Added to Claude’s own instructions, for as long as the session lives. Of an existing session it has to be the same, or left out.',
    max_turns: 'After so many steps (calls of tools and what follows them) the turn ends. Belongs to the session, as `system_prompt` does.',
    tools: 'The tools that Claude has, by name (`Bash`, `Read`, `mcp__…`), in any order; without it all of them. Having one does not mean that it runs unasked: that is for the mode of the session. Belongs to the session, as `system_prompt` does.',
    model: 'The model, by its name or by an alias such as `opus`; the session keeps it. Without it the session’s own.',
    stream: '`false`: whoever follows this execution alone gets whole blocks of text, no deltas. Else both.',
    metadata: 'Whatever you want to find again with the execution: a JSON object of at most 16 KiB.',
    webhook: 'Tells the end of the execution to an address of yours.',
  },
  Executed: {
    _: 'The prompt is kept: it runs, or waits in the queue. What becomes of it is told by its events, and by `getExecution`.',
    session_id: 'The session it is in: the one that was named, or the new one.',
    status: 'Always `started`: taken. It is not the status of the execution.',
    websocket_url: 'A WebSocket that tells this execution alone, on this relay.',
    webhook_secret: 'Signs what the webhook sends. Told this once, and only when you brought none.',
    webhook_secret_shown: 'A repeat under the same Idempotency-Key: the secret was told before and is not told again.',
  },
  ExecutionRow: { _: 'An execution as lists show it.', ...row, prompt: 'The first 500 characters of the prompt; null: a turn without one.' },
  Execution: {
    _: 'An execution as a whole.',
    ...row,
    seq: 'The number of its last event so far: its `events` after this one are news.',
    messages: 'What was said in it, in order: the prompt, notes, and each block of Claude’s answer; not what its subagents wrote, nor calls of tools.',
    'messages.role': '`user`: a prompt; `note`: what people said to each other; `relay`: a prompt that the relay wrote; `assistant`: Claude.',
    'messages.content': 'The text, as Markdown.',
    messages_cut: 'Only the last 200 or 512 KiB are here; its `events` hold all.',
    result: 'The last that Claude said so far, as Markdown: of one that has `completed` its answer. null: nothing yet.',
  },
  'getExecutions.query': {
    session_id: 'Only those in this session.',
    workspace_id: 'Only those in this workspace.',
    status: 'Only those with this status.',
  },
  ExecutionsPage: { _: 'Executions, the latest first.', executions: 'Those of this page.' },
  Cancelled: { _: 'What is so now.', status: 'How it has ended, or `running`: its end takes a moment longer, and is told by its events.' },
  'getExecutionEvents.query': { after: 'The `id` of the last event you have, or its `seq` alone; what came after it follows. A header `Last-Event-ID` goes before it. Without either: from the first.' },
  FollowReset: {
    _: 'Told first when the `id` you came with is of an earlier log, one that was restored or begun anew since: forget what you have, all of the execution follows from its first event on. It has no `seq`.',
    type: 'Always `reset`.',
    data: 'Why.',
    'data.reason': 'Always `epoch`.',
    'data.epoch': 'That of the log which is told now.',
  },
  HeldBy: {
    _: 'Why a queue is held.',
    user_id: 'Who held it, where somebody did.',
    reason: '`person`: somebody stopped what ran. `crash`: what ran ended with its process or the relay. `budget`: the day’s money is spent; it goes on by itself when there is some again.',
  },
  Task: { _: 'How an execution stands; told at each change. The last one of an execution has a last `status`, and nothing follows it; where its work goes on after that is told by `continues` of another one’s, and by `continued_by` of `getExecution`.', ...course, held_by, continues: `${continues} Absent: with none.`, ...times, started_at: 'When it began to run, in milliseconds since 1970; absent: not yet, or never.', ended_at: 'When it ended, in milliseconds since 1970; absent: it has not.', ...error },
  Stats: {
    _: 'What a turn took, by Claude’s own word.',
    duration_ms: 'Milliseconds from the prompt to the end.',
    duration_api_ms: 'Milliseconds of it that answers of the API took.',
    ttft_ms: 'Milliseconds until the first token.',
    cost_usd: 'What the turn cost, in US dollars; a fraction. In millionths, and summed up, it is in `getUsage`.',
    num_turns: 'How many steps it took: answers of the API.',
    model: 'The main one.',
    context_tokens: 'How full the context window was at the end, in tokens.',
    context_limit: 'How many tokens the context window holds.',
    models: 'What each model had of it, where there were several.',
    'models.model': 'The name of the model.',
  },
  WebhookBody: {
    _: 'What a receiver gets when an execution has ended.',
    continues: `${continues} Their webhooks tell its end as well. Absent: with none.`,
    ...outcome,
    ...times,
    ...error,
    stats,
    id: 'Names this event, the same at every attempt: whoever has seen it may forget it.',
    type: 'How it ended.',
    created_at: 'When the execution ended and this was made, in milliseconds since 1970.',
    execution_created_at: 'When the prompt was taken, in milliseconds since 1970.',
  },
  WebhookEvent: { _: 'How an execution ended.' },
  DeliveryState: { _: '`waiting`: the execution has not ended. `pending`: to be tried at `next_at`. `delivered`: the receiver took it. `failed`: given up. `stopped`: by hand, or whoever asked may not read it any more. What is over can be sent again with `retryWebhookDelivery`.' },
  DeliveryProblem: { _: 'Why an attempt did not count. `address`: refused, it is not public. `name`: not found. `connection`: nobody there. `tls`: no certificate that can be trusted. `timeout`: no answer within ten seconds. `answer`: no HTTP. `status`: not 2xx. `rights`: not sent, whoever asked for it is no user any more or may not read the session. `secret`: not sent, the relay’s own secret is another one than then, so nothing can be signed.' },
  WebhookDelivery: {
    _: 'One receiver, and how it went to tell it.',
    delivery_id: 'For `retryWebhookDelivery` and `deleteWebhookDelivery`.',
    user_id: 'Who asked for the webhook.',
    url: 'Without its query, which may hold secrets; its path, which may be one, is `/…` but for whoever asked for it.',
    state: 'How far it is.',
    type: 'How the execution ended; null: it has not.',
    attempts: 'How many were made.',
    next_at: 'When the next attempt is, in milliseconds since 1970; null: there is none.',
    last_at: 'When the last attempt was, in milliseconds since 1970; null: there was none.',
    last_ms: 'How many milliseconds it took.',
    last_status: 'The HTTP status that the receiver answered; null: none came.',
    last_problem: 'Why it did not count; null: it did, or there was none.',
    last_answer: 'The beginning of what the receiver said, at most 500 characters.',
    settled_at: 'Since when nothing more is tried, in milliseconds since 1970; 30 days later it is forgotten.',
  },
  'getWebhookDeliveries.query': { execution_id: 'Those of this execution. Without it all of the relay, for admins, whose API token then needs `metrics` and `admin` as well.', state: 'Only those in this state.' },
  DeliveriesPage: { _: 'Deliveries, the latest first.', deliveries: 'Those of this page.' },
}

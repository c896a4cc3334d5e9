// What somebody should know before the first call.
export const INTRODUCTION = `
What scripts need is here: prompts and what came of them, sessions and their past, files, people, usage, and the relay itself. What people do together in the moment (answers to Claude’s questions, the queue, notes) goes over the WebSocket.

**A prompt, from its beginning to its end.** \`execute\` with an \`Idempotency-Key\` of yours: it answers with an \`execution_id\`, and, sent again after a broken connection, with the same one. Then \`getExecutionEvents\`: read it until it ends. If the connection breaks, as when the relay restarts, wait a second and ask again with the \`id\` of the last event you have in \`Last-Event-ID\`; on 204 there is nothing more. Or ask \`getExecution\` now and then until its \`status\` is none of \`pending\` and \`running\`. A turn that the relay’s end has cut off is \`interrupted\`; what waited behind it has \`held_by\` and begins after \`continueExecution\`. In the end \`getExecution\` has \`result\`, the last that Claude said, \`error\`, and \`stats\` with \`cost_usd\`; \`getUsage\` with the \`session_id\` has what the whole session cost, in millionths of a dollar; \`getSessionLogs\` has the log.

**Tokens.** Send \`Authorization: Bearer …\` with every request that is not marked as open. \`ensemble token --user NAME\` makes one on the machine of the relay.

**Once means once.** A change that carries an \`Idempotency-Key\` is done once for 7 days, however often it is sent and whatever broke meanwhile. Messages of the WebSocket have their \`id\` in the same table.

**Refusals** all look alike: a \`code\` for programs, a \`message\` in English, sometimes \`details\`, and a \`trace_id\` that leads to the log. What you may not see is answered like what does not exist.

**Limits.** Over the limit comes 429 with \`Retry-After\`; a bug is 500, and the same key asks again what became of it.

**Times** are integer milliseconds since 1970. **Optional fields** may be null, which means absent. **Fields that you do not know** may come with any version: ignore them.

**The WebSocket** at \`/ws\` (subprotocols \`ensemble.v1\`, \`bearer.<token>\`; or a first message \`auth\`) is the door for whoever wants to hear everything at once: one connection, many channels, each event with its number, nothing lost across reconnects. Its messages and rules are in [the wire protocol](/api/v1/docs/protocol.md).
`.trim()

// What somebody should know before the first call.
export const INTRODUCTION = `
Everything that the page of Ensemble can do is here for scripts as well.

**Tokens.** Send \`Authorization: Bearer …\` with every request that is not marked as open. \`ensemble token --user NAME\` makes one on the machine of the relay.

**Once means once.** A change that carries an \`Idempotency-Key\` is done once for 7 days, however often it is sent and whatever broke meanwhile. Messages of the WebSocket have their \`id\` in the same table.

**Refusals** all look alike: a \`code\` for programs, a \`message\` in English, sometimes \`details\`, and a \`trace_id\` that leads to the log. What you may not see is answered like what does not exist.

**Limits.** Over the limit comes 429 with \`Retry-After\`; a bug is 500, and the same key asks again what became of it.

**Times** are integer milliseconds since 1970. **Optional fields** may be null, which means absent. **Fields that you do not know** may come with any version: ignore them.

**The WebSocket** at \`/ws\` (subprotocols \`ensemble.v1\`, \`bearer.<token>\`; or a first message \`auth\`) is the door for whoever wants to hear everything at once: one connection, many channels, each event with its number, nothing lost across reconnects. Its messages and rules are in [the wire protocol](/api/v1/docs/protocol.md).
`.trim()

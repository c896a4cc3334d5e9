// The door in a process of its own, so that its memory can be told from that of its clients. Ends with its standard input.
import { openDoor } from '../sessions/http-door.ts'
import { sessionsRig } from '../sessions/sessions-rig.ts'

const rig = await sessionsRig({ limits: { maxBytes: 1024 * 1024 * 1024 } })
const door = openDoor(rig)
console.log(JSON.stringify({ url: door.url, token: await door.token('owner') }))
for await (const _ of Bun.stdin.stream()) void _
await door.stop()
await rig.end()
process.exit(0)

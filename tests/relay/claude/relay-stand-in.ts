// A process in the place of the relay, for tests that kill it: starts a Claude whose tools leave processes behind in many ways.
import { createClaude } from '../../../relay/claude/claude.ts'
import { systemClock } from '../../../relay/clock.ts'
import { createLog } from '../../../relay/observability/log.ts'
import { createWitness } from './witness.ts'

type Order = { apiUrl: string; home: string; cwd: string; dataFolder: string; environment: Record<string, string>; sandbox: 'bwrap' | 'off' }

const order = JSON.parse(process.argv[2]!) as Order
const claude = createClaude({
  config: {
    bin: null,
    idleMs: 3_600_000,
    maxProcesses: 2,
    spares: 0,
    sandbox: order.sandbox,
    persistent: true,
    environmentNames: [],
    dataFolder: order.dataFolder,
  },
  clock: systemClock,
  log: createLog((line) => console.error(line), systemClock),
  newId: () => crypto.randomUUID().slice(0, 8),
  environment: order.environment,
})
const witness = createWitness()
const session = claude.open({ sessionId: 's', cwd: order.cwd, conversationId: null, permissionMode: 'default', trusted: false, rules: ['Bash'] }, witness.listener)
await session.send({ id: crypto.randomUUID(), content: 'please leave things behind', priority: 'next' })
await witness.next('turnEnded')
console.log('ready')
setInterval(() => {}, 1_000)

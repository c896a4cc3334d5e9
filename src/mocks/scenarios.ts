// The scenarios one can choose: each a recording of the real relay, or one repeated, loaded when it is chosen.
import type { Recording } from './recording.ts'
import { repeatRecording } from './repeat-recording.ts'

type Scenario = {
  name: string
  title: string
  load(): Promise<Recording>
  /** How long the model waits before it goes on by itself, ms. */
  goesOnMs?: number
}

const LONG_EVENTS = 10_000
const LONG_ABOUT = 'A long history: the recorded turns with every tool, again and again under new ids, numbers and times. A recording of that size would be too large to keep.'
const files = import.meta.glob<Recording>('../../tests/fixtures/recordings/*.json', { import: 'default' })
const recorded = (name: string) => () => files[`../../tests/fixtures/recordings/${name}.json`]!()

export const SCENARIOS: readonly Scenario[] = [
  { name: 'streaming', title: 'Streaming', load: recorded('streaming') },
  { name: 'tools', title: 'Every tool of a trusted folder', load: recorded('tools') },
  { name: 'permission', title: 'Permission, question, plan', load: recorded('permission') },
  { name: 'queue', title: 'Queue', load: recorded('queue'), goesOnMs: 30_000 },
  { name: 'reconnect', title: 'Reconnect', load: recorded('reconnect') },
  { name: 'errors', title: 'Every error code', load: recorded('errors') },
  { name: 'five', title: 'Five people', load: recorded('five') },
  { name: 'long', title: '10,000 events (every tool, repeated)', load: async () => ({ ...repeatRecording(await recorded('tools')(), LONG_EVENTS), about: LONG_ABOUT }) },
]

/** The one of this name, or the first. */
export const scenarioOf = (name: string | null): Scenario => SCENARIOS.find((each) => each.name === name) ?? SCENARIOS[0]!

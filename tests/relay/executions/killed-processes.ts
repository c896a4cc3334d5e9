// Executions whose processes are killed and whose relay is another one afterwards.
import { eventually } from '../../support/eventually.ts'
import { startExecutions, type Rig } from '../../support/start-executions.ts'

/** `run` gives back the last relay when it has started another one. */
export async function withRig(run: (rig: Rig) => Promise<Rig | void>): Promise<void> {
  const first = await startExecutions()
  const last = (await run(first)) ?? first
  await last.stop()
}

export async function pidOf(rig: Rig, sessionId: string): Promise<number> {
  const pid = () => rig.claude.stats().processes.find((each) => each.sessionId === sessionId)?.pid
  await eventually('a process was started', () => Boolean(pid()))
  return pid()!
}

export const kill = async (rig: Rig, sessionId: string) => process.kill(await pidOf(rig, sessionId), 'SIGKILL')

/** What Claude was asked with these words. */
export const turnsOf = (rig: Rig, prompt: string) => rig.api.requests.filter((request) => request.kind === 'turn' && request.prompt.includes(prompt))

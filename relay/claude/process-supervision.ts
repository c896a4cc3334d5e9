// When a process is to stop: people interrupt its turn, nobody has a use for it any more, or it has fallen silent.
import type { Clock } from '../clock.ts'
import type { AskPermission } from './ask-permission.ts'
import { logged, type Translated } from './facts.ts'
import type { Life } from './process-life.ts'
import { watchSilence } from './process-silence.ts'
import type { ProcessEnd } from './session-spec.ts'
import { createStopTurn, type Interruption } from './stop-turn.ts'
import type { Translation } from './translate-message.ts'

const HARD_STOP_MS = 10_000
const SOFT_END_MS = 2_000

type Supervised = Pick<Translation, 'turns' | 'tools'> & {
  life: Life
  prompts: { close(): void }
  asking: Pick<AskPermission, 'isOpen'>
  /** now: something is about to be handed to it · later: a session keeps it · none: a spare. */
  need(): 'now' | 'later' | 'none'
  tell(event: Translated): void
}

export function superviseProcess({ clock, idleMs }: { clock: Clock; idleMs: number }, supervised: Supervised) {
  const { turns, tools, life, prompts, asking, need, tell } = supervised
  let backgroundTasks = 0
  let agents: readonly string[] = []

  const hasPrompts = (): boolean => turns.running() !== null || turns.waiting().length > 0
  const isIdle = (): boolean => !hasPrompts() && backgroundTasks === 0 && !asking.isOpen() && need() !== 'now'

  const stopping = createStopTurn({
    clock,
    work: () => (life.isOver() ? 'none' : turns.running() !== null ? 'running' : hasPrompts() ? 'due' : 'none'),
    // The SDK has this option and does not declare it. Without it, steers that the turn has not taken begin one of their own.
    interrupt: ({ keepsQueued = false }) => (life.session as unknown as { interrupt(options: { cancelQueued: boolean }): Promise<unknown> }).interrupt({ cancelQueued: !keepsQueued }),
    async kill() {
      life.kill('interrupt_ignored')
      await life.over
    },
  })
  const silence = watchSilence({
    idleMs,
    isIdle,
    isWaiting: asking.isOpen,
    owesAnswer: () => hasPrompts() && !asking.isOpen() && tools.openCount() === 0,
    quiet: () => tell(logged({ level: 'warn', source: 'relay', text: 'Claude has said nothing for two minutes.', code: 'stalled' })),
    idle: () => void end('idle'),
    parked: () => life.kill('parked'),
    stalled: () => (turns.running() === null ? life.kill('stalled') : void stopping.stop(HARD_STOP_MS)),
  })

  async function end(why: ProcessEnd['cause']): Promise<void> {
    await life.end(why, async () => {
      if (turns.running() !== null) await stopping.stop(SOFT_END_MS)
      prompts.close()
    })
  }

  return {
    /** What sessions and the pool may ask of it. */
    asked: {
      isIdle,
      /** For how long; null while it is not idle. Nobody has an earlier claim on a spare one's place. */
      idleMs: (): number | null => (!isIdle() || life.isEnding() ? null : need() === 'none' ? Number.POSITIVE_INFINITY : silence.idleMs()),
      interrupt: (how?: Interruption) => stopping.stop(HARD_STOP_MS, how),
      /** Those that work beside the conversation. One that has ended by then needs no stop. */
      async stopAgents(): Promise<void> {
        await Promise.allSettled(agents.map((id) => life.session.stopTask(id)))
      },
      /** Called every `ms`, whatever the wall clock does. */
      tick: (ms: number): void => void (life.isEnding() || silence.tick(ms)),
      end,
    },
    /** It was spoken to, or has said something. */
    alive: silence.broken,
    hasStalled: silence.hasStalled,
    /** Before anybody is told of it. */
    hears(event: Translated): void {
      if (event.kind === 'background') {
        backgroundTasks = event.tasks
        agents = event.agents
      }
      if (event.kind === 'turn_ended' && silence.hasStalled() && event.outcome.status === 'interrupted') event.outcome.reason = 'stalled'
    },
    /** After it was told. */
    heard({ kind }: Translated): void {
      if (kind === 'turn_began') stopping.turnBegan()
      if (kind === 'turn_ended') stopping.turnEnded()
    },
    turnLost: stopping.turnEnded,
  }
}

// The prompts of a session on their way to its process: one after the other, and turned away by a stop.
import { Refused } from '#protocol'
import type { Log } from '../observability/log.ts'
import type { SlashCommand } from './facts.ts'
import { isOwn, notOwn } from './own-commands.ts'
import type { ClaudeProcess } from './process.ts'
import type { Prompt } from './prompt-message.ts'

/** `equipped`: a process that takes prompts, and sees these files. `commands`: what the session's last process that was ready can be called to do. */
export function createPromptLine(equipped: (files: readonly string[]) => Promise<ClaudeProcess>, commands: () => SlashCommand[], sessionId: string, log: Log) {
  let last: Promise<unknown> = Promise.resolve()
  let underWay = 0
  let stops = 0

  async function hand(prompt: Prompt, stopsBefore: number): Promise<void> {
    const process = await equipped(prompt.files ?? [])
    if (prompt.ownCommand) {
      await process.ready
      if (!isOwn(prompt.ownCommand, commands())) throw notOwn(prompt.ownCommand)
    }
    if (stops !== stopsBefore) throw new Refused('CONFLICT', 'stopped before it reached Claude')
    process.send(prompt)
    const { id, priority, trace } = prompt
    log.info('claude.prompt_handed', { trace_id: trace, sessionId, prompt_id: id, priority, process_id: process.id, pid: process.pid() })
  }

  return {
    isEmpty: (): boolean => underWay === 0,
    async send(prompt: Prompt): Promise<void> {
      const stopsBefore = stops
      underWay += 1
      const handed = last.then(() => hand(prompt, stopsBefore)).finally(() => (underWay -= 1))
      last = handed.catch(() => {})
      await handed
    },
    /** Those that are under way now reach no process any more. */
    stop: (): void => void (stops += 1),
  }
}

// How a session's Claude works: kept in its spec for the next process, told to the one that runs, and heard from it.
import type { ContextUsage } from '#protocol'
import type { SlashCommand } from './facts.ts'
import type { ClaudeProcess } from './process.ts'
import { checkModel, checkPermissionMode } from './process-options.ts'
import type { SessionProcess } from './session-process.ts'
import type { ClaudeListener, ProcessSpec } from './session-spec.ts'

/** What can be called with a slash in this folder, trusted or not. */
type Offered = (commands: SlashCommand[], trusted: boolean) => void
/** `reading`: the CLI's rule by which it reads the session's files without asking; it is always among the others. */
export type SettingsDependencies = { offered: Offered; reading: string }

export function createSessionSettings(spec: ProcessSpec, behind: Pick<SessionProcess, 'current' | 'outdate'>, listener: Pick<ClaudeListener, 'modeChanged'>, { offered, reading }: SettingsDependencies) {
  spec.rules = [...(spec.rules ?? []), reading]
  let commands: SlashCommand[] = []

  /** The process, if it can be told of changes. One that is starting catches up by itself, the next one gets them from the spec. */
  function changeable(): ClaudeProcess | null {
    const process = behind.current()
    return process?.isReady() && !process.isEnding() ? process : null
  }

  /** Which process was told of the rules, and when it has them. */
  let told: { process: ClaudeProcess; done: Promise<void> } | null = null
  /** Which process did not take them: the next call tells it again. */
  let missed: ClaudeProcess | null = null

  return {
    /** The process says so itself. */
    heard(news: { commands?: SlashCommand[]; permissionMode?: string }, trusted: boolean): void {
      if (news.commands) {
        commands = news.commands
        offered(commands, trusted)
      }
      if (!news.permissionMode || news.permissionMode === spec.permissionMode) return
      spec.permissionMode = news.permissionMode
      listener.modeChanged?.(news.permissionMode)
    },
    /** What people may do about it. */
    deeds: {
      async setModel(model: string | null): Promise<void> {
        spec.model = model === null ? null : checkModel(model)
        await changeable()?.setModel(model)
      },
      async setPermissionMode(mode: string): Promise<void> {
        spec.permissionMode = checkPermissionMode(mode)
        // A mode that the process was not started for needs a new one; the conversation goes on in it.
        await changeable()?.setPermissionMode(mode).catch(() => behind.outdate())
      },
      /** Replaces the allow rules of the running and of all later processes. Resolves when the running one has them. */
      async setRules(given: string[]): Promise<void> {
        const rules = [...given, reading]
        const process = changeable()
        if (String(rules) !== String(spec.rules ?? []) || (process && process === missed)) {
          missed = null
          spec.rules = rules
          // One that is just ending does not need them: the next starts with them.
          told = process && { process, done: process.setRules(rules).catch(() => void (missed = process)) }
        }
        if (told?.process === process) await told?.done
      },
      /** Whether the folder is trusted holds from the next process on; an idle one is ended for it at once. */
      async setTrusted(trusted: boolean): Promise<void> {
        if (trusted === spec.trusted) return
        spec.trusted = trusted
        behind.outdate()
      },
      /** What fills the context window; null when no process runs, or it does not say. */
      contextUsage: async (): Promise<ContextUsage | null> => (await changeable()?.contextUsage().catch(() => null)) ?? null,
      /** Slash commands with their descriptions; empty until a process has run. */
      commands: (): SlashCommand[] => commands,
    },
  }
}

// What a scenario for a recording is: who takes part, how the relay is set, and what everybody does.
import type { GlobalRole, PermissionMode, SessionRole } from '#protocol'
import type { RecordedAnswer, RecordedRest } from '../../src/mocks/recording.ts'
import type { SettingName } from '../../relay/config.ts'
import type { Gate } from '../../relay/demo/script.ts'
import type { ScriptedMessagesApi } from '../../relay/demo/scripted-messages-api.ts'
import type { Frame, ProtocolClient } from './protocol-client.ts'
import type { StartedRelay } from './start-relay.ts'

type Guest = { role: SessionRole; global?: GlobalRole }
export type ScenarioScript = {
  about: string
  /** Beside minji, who owns the session and whose browser is recorded. */
  guests?: Record<string, Guest>
  settings?: Partial<Record<SettingName, string>>
  environment?: Record<string, string>
  title?: string
  mode?: PermissionMode
  run(drive: Drive): Promise<void>
}

/** How a scenario acts. */
export type Drive = {
  api: ScriptedMessagesApi
  /** The folder Claude works in. */
  folder: string
  /** The one that runs at present. */
  relay(): StartedRelay
  sessionId: string
  gate(): Gate
  /** A person says something that must succeed; a step of its own. `then`: what has to be seen before the next. */
  does(who: string, type: string, data: object, then?: () => Promise<unknown>): Promise<Record<string, any>>
  /** The model goes on: opens a gate. */
  goesOn(gate: Gate, then: () => Promise<unknown>): Promise<void>
  prompts(who: string, content: string, then: () => Promise<unknown>): Promise<Record<string, any>>
  /** Answers what is asked at present. */
  answers(who: string, response: object, then: () => Promise<unknown>): Promise<void>
  /** The session has come to this state since the step began. */
  state(state: string): () => Promise<unknown>
  /** This much text of an answer has arrived. */
  text(part: string): () => Promise<unknown>
  /** A frame of this kind came since the step began. */
  seen(test: (frame: Frame) => boolean): () => Promise<Frame>
  /** What lies before this is there when the page opens. */
  open(): Promise<void>
  /** Stops the relay, asks something of it meanwhile, and starts it again for another folder. What it tells of that belongs to the next step. */
  restarts(folder: string, settings: ScenarioScript['settings'], meanwhile: () => Promise<unknown>): Promise<void>
  /** Closes the viewer's socket, lets things happen, and comes back by position. */
  away(meanwhile: () => Promise<unknown>): Promise<void>
  call(method: string, path: string, init?: RequestInit): Promise<RecordedRest>
  userId(name: string): string
  client(name: string): ProtocolClient
  refused(answer: RecordedAnswer): void
}

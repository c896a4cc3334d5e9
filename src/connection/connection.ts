// The door of the browser's connection: what stores may know of it. Sockets, retries and positions stay behind it.
import type { Connected, DataFromBrowser } from '#protocol'
import { createChannels, type ChannelsDependencies } from './channels.ts'
import type { ConnectionState } from './connection-state.ts'
import { createListeners } from './listeners.ts'
import type { PassingType } from './messages.ts'
import { createOutbox, type OutboxDependencies } from './outbox.ts'
import { createRequest } from './requests.ts'
import { createSupervisor, type SupervisorDependencies } from './supervisor.ts'

export type { AfterSnapshot, ChannelHandlers, ChannelStart, OpenChannel } from './channels.ts'
export type { Delivery } from './outbox.ts'
export type { OutboxItem } from './outbox-view.ts'
export type { AnswerOf, DeliverableType, PassingType } from './messages.ts'
export type { ConnectionState } from './connection-state.ts'
export { whatNext, type Outcome, type Trouble, type TroubleCode } from './outcome.ts'

export type Connection = ReturnType<typeof createConnection>

/** What the parts tell each other is wired here. */
type Wired = 'onChange' | 'behind' | 'waiting' | 'onUp' | 'onDown' | 'onMessage' | 'onExpelled' | 'onState'
export type ConnectionDependencies = Omit<ChannelsDependencies & OutboxDependencies & SupervisorDependencies, Wired>

export function createConnection(dependencies: ConnectionDependencies) {
  const { token } = dependencies
  const states = createListeners<[ConnectionState]>()
  const outboxChanges = createListeners<[]>()
  let connected: Connected | null = null
  let stopToken: (() => void) | null = null

  const channels = createChannels({ ...dependencies, onChange: () => supervisor.refresh() })
  const outbox = createOutbox({
    ...dependencies,
    onChange() {
      supervisor.refresh()
      outboxChanges.tell()
    },
  })
  const supervisor = createSupervisor({
    ...dependencies,
    behind: channels.behind,
    waiting: outbox.waiting,
    onUp(link, greeting) {
      connected = greeting
      channels.linkUp(link.ask)
      outbox.linkUp(link.ask)
    },
    onDown() {
      channels.linkDown()
      outbox.linkDown()
    },
    onMessage: channels.receive,
    onExpelled: channels.expelled,
    onState: states.tell,
  })

  return {
    start(): void {
      stopToken ??= token.onChange(() => void outbox.load())
      void outbox.load()
      supervisor.start()
    },
    stop(): void {
      stopToken?.()
      stopToken = null
      supervisor.stop()
    },
    state: supervisor.state,
    onState: states.on,
    /** What the relay last said of itself; null before the first link. */
    connected: (): Connected | null => connected,
    /** Asks now, or not at all. */
    request: createRequest(supervisor.link),
    /** Sends something passing, or drops it when there is no link. */
    send: <T extends PassingType>(type: T, data: DataFromBrowser[T]): void => supervisor.link()?.tell(type, data),
    /** Stores the command, then sends it until it is answered; survives reload and lost links. */
    deliver: outbox.deliver,
    open: channels.open,
    outbox: { items: outbox.items, onChange: outboxChanges.on, retry: outbox.retry, discard: outbox.discard },
    /** Tries at once instead of waiting for the next try. */
    tryNow: supervisor.tryNow,
  }
}

// What the tabs of one browser tell each other about uploads: one tab sends each of them, all show it and may say what to do, and what a closed tab leaves goes on in another.
import type { Clock } from '../clock.ts'
import type { Locks, Voice } from '../connection/tabs.ts'
import type { Upload } from './upload.ts'
import type { Pace, UploadDeed } from './upload-view.ts'

export type Shown = { upload: Upload; pace: Pace }

type Word = { about: 'uploads'; from: string } & (
  | { what: 'hello' }
  | { what: 'shown'; shown: readonly Shown[] }
  | { what: 'gone'; ids: readonly string[] }
  | { what: 'deeds'; ids: readonly string[]; deed: UploadDeed }
)

type Hear = {
  /** A new tab wants to know what there is. */
  hello(): void
  shown(shown: readonly Shown[]): void
  gone(ids: readonly string[]): void
  deeds(ids: readonly string[], deed: UploadDeed): void
  /** This tab is no more. */
  ended(tab: string): void
}

export type UploadTabs = ReturnType<typeof createUploadTabs>

type UploadTabsDependencies = { self: string; locks: Locks | null; voice: Voice; clock: Clock }

/** Without locks (plain http) a tab that does not answer twice is gone. A sleeping one may be taken for that: the relay takes an upload from one writer at a time. */
const ANSWERS_WITHIN_MS = 2_000
const ASKS_EVERY_MS = 10_000

export function createUploadTabs({ self, locks, voice, clock }: UploadTabsDependencies, hear: Hear) {
  const watched = new Set([self])
  const left = Promise.withResolvers<void>()
  const answers = new Map<string, () => void>()
  let isOver = false

  const nameOf = (tab: string) => `ensemble-uploads:${tab}`
  const say = (word: Word): void => (isOver ? undefined : voice.post(word))

  voice.onMessage((message) => {
    const word = message as Word | Ping
    if (isOver || (word?.about !== 'uploads' && word?.about !== 'upload-tab') || word.from === self) return
    if (word.about === 'upload-tab') return hearPing(word)
    watch(word.from)
    if (word.what === 'hello') return hear.hello()
    if (word.what === 'shown') return hear.shown(word.shown)
    if (word.what === 'gone') return hear.gone(word.ids)
    if (word.what === 'deeds') hear.deeds(word.ids, word.deed)
  })

  function hearPing(ping: Ping): void {
    if (ping.what === 'here') return answers.get(ping.from)?.()
    if (ping.tab === self) voice.post({ about: 'upload-tab', what: 'here', from: self } satisfies Ping)
  }

  function watch(tab: string): void {
    if (watched.has(tab)) return
    watched.add(tab)
    void gone(tab).then(() => void (isOver ? undefined : hear.ended(tab)))
  }

  /** Resolves when that tab has ended, however it did: a lock goes with its page. */
  async function gone(tab: string): Promise<void> {
    if (locks) return await locks.request(nameOf(tab), async () => undefined)
    for (let silent = 0; silent < 2 && !isOver; ) {
      const answered = await ask(tab)
      silent = answered ? 0 : silent + 1
      if (answered) await new Promise<void>((resolve) => void clock.setTimer(resolve, ASKS_EVERY_MS))
    }
  }

  function ask(tab: string): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = clock.setTimer(() => settle(false), ANSWERS_WITHIN_MS)
      answers.set(tab, () => settle(true))
      voice.post({ about: 'upload-tab', what: 'there?', tab, from: self } satisfies Ping)
      function settle(answered: boolean): void {
        timer.cancel()
        answers.delete(tab)
        resolve(answered)
      }
    })
  }

  return {
    /** Resolves when others can tell that this tab lives. */
    async enter(): Promise<void> {
      if (locks) await new Promise<void>((resolve) => void locks.request(nameOf(self), () => (resolve(), left.promise)))
      say({ about: 'uploads', what: 'hello', from: self })
    },
    /** Hears of the end of whoever sends an upload, even one that was over before this page began. */
    watch,
    shown: (shown: readonly Shown[]) => say({ about: 'uploads', what: 'shown', shown, from: self }),
    gone: (ids: readonly string[]) => say({ about: 'uploads', what: 'gone', ids, from: self }),
    deeds: (ids: readonly string[], deed: UploadDeed) => say({ about: 'uploads', what: 'deeds', ids, deed, from: self }),
    leave(): void {
      isOver = true
      left.resolve()
    },
  }
}

type Ping = { about: 'upload-tab'; from: string } & ({ what: 'there?'; tab: string } | { what: 'here' })

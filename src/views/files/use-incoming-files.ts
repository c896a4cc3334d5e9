// Where files go that come into a session by whatever way: those that an unfinished upload waits for to it, what is here or on its way is not sent twice, the others begin anew.
import { ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { rest as bodies } from '#protocol'
import { useFormat } from '../../i18n/use-format.ts'
import { useServices } from '../../stores/use-services.ts'
import { useUploadsStore } from '../../stores/use-uploads-store.ts'
import { visibleText } from '../../timeline/visible-text.ts'
import { MOST_FILES, type Collected, type PickedFile } from './collect-files.ts'
import { alikeHere, underWay } from './find-twins.ts'
import type { ListedFile } from './group-files.ts'
import { matchWanted } from './match-wanted.ts'
import { mayRetry, type UploadView } from './upload-view.ts'

type Begun = readonly { upload: UploadView; file: File }[]

export type Incoming = {
  /** Those that were begun, each with its file. */
  begun: Begun
  /** What has to be said of those that were not; null: nothing. */
  problem: string | null
  /** That some are here already, or on their way; null: nothing. */
  already: string | null
  /** Sends those that are here once more; null: there are none. */
  anyway: (() => Promise<Begun>) | null
}

/** Whoever waits longer for the list would rather have a file twice. */
const LIST_WITHIN_MS = 3_000
const PAGE = 500
const AT_ONCE = 200

export function useIncomingFiles(sessionId: string) {
  const { t } = useI18n()
  const format = useFormat()
  const uploads = useUploadsStore()
  const { rest, clock } = useServices()
  const own = uploads.ofSession(sessionId)
  /** How many are compared with what is here. */
  const comparing = ref(0)

  function problemOf({ tooMany, unreadable, files, folders }: Collected): string | null {
    if (tooMany) return t('uploads.tooMany', { n: format.value.number(MOST_FILES) })
    if (unreadable.length > 0) return t('uploads.unreadableDrop', { name: unreadable[0], n: unreadable.length }, unreadable.length)
    return files.length === 0 && folders ? t('uploads.emptyDrop') : null
  }

  /** As much of the session's list as can be had soon. */
  async function listed(): Promise<ListedFile[]> {
    const files: ListedFile[] = []
    const late = new AbortController()
    const timer = clock.setTimer(() => late.abort(), LIST_WITHIN_MS)
    for (let cursor: string | undefined, isMore = true; isMore; ) {
      const page = await rest.get('files', bodies.filesPage, { session_id: sessionId, limit: PAGE, cursor }, late.signal)
      if (page.ok) files.push(...page.data.files)
      cursor = (page.ok && page.data.next) || undefined
      isMore = cursor !== undefined
    }
    timer.cancel()
    return files
  }

  /** The browser asks the disk for the size of each once: thousands in one go would hold up the page. */
  async function measure(picked: readonly PickedFile[]): Promise<void> {
    for (let at = 0; at + AT_ONCE < picked.length; at += AT_ONCE) {
      for (const { file } of picked.slice(at, at + AT_ONCE)) void file.size
      await new Promise<void>((resolve) => void clock.setTimer(resolve, 0))
    }
  }

  async function begin(picked: readonly PickedFile[], purpose: UploadView['purpose']): Promise<Begun> {
    const views = picked.length === 0 ? [] : await uploads.add(picked, { sessionId, purpose })
    return views.map((upload, at) => ({ upload, file: picked[at]!.file }))
  }

  /** Once more what stands still, and with the prompt what is to go with it. */
  async function goOn(twins: ReturnType<typeof underWay>['twins'], purpose: UploadView['purpose']): Promise<void> {
    const idsOf = (some: typeof twins) => some.map(({ id }) => id)
    const views = own.value.filter(({ id }) => idsOf(twins).includes(id))
    await uploads.resume(idsOf(views.filter(({ state }) => state === 'paused')))
    await uploads.retry(idsOf(views.filter(mayRetry)))
    if (purpose === 'prompt') await uploads.attach(idsOf(views))
  }

  /** The file here with the same bytes; null: there is none. */
  async function twinOf(picked: PickedFile, files: readonly ListedFile[]): Promise<ListedFile | null> {
    for (const file of files) if (await uploads.isSameContent(file.file_id, picked.file)) return file
    return null
  }

  async function lookAtAlike(alike: ReturnType<typeof alikeHere>['alike']) {
    const [twins, others]: [{ picked: PickedFile; file: ListedFile }[], PickedFile[]] = [[], []]
    comparing.value += alike.length
    for (const { picked, files } of alike) {
      const file = await twinOf(picked, files)
      if (file) twins.push({ picked, file })
      else others.push(picked)
      comparing.value -= 1
    }
    return { twins, others }
  }

  function alreadyOf(going: readonly { name: string }[], here: readonly { name: string }[]): string | null {
    const words = [
      ...(going.length === 0 ? [] : [t('uploads.onItsWay', { name: visibleText(going[0]!.name), n: format.value.number(going.length) }, going.length)]),
      ...(here.length === 0 ? [] : [t('uploads.isHere', { name: visibleText(here[0]!.name), n: format.value.number(here.length) }, here.length)]),
    ]
    return words.length === 0 ? null : words.join(' ')
  }

  async function take(collected: Collected, purpose: UploadView['purpose']): Promise<Incoming> {
    await measure(collected.files)
    const wanted = matchWanted(own.value, collected.files)
    // Who no longer waits for it takes nothing: then it is a file like the others.
    const refused = new Set(await uploads.provide(wanted.again))
    const fresh = [...wanted.others, ...wanted.again.flatMap(({ id, picked }) => (refused.has(id) ? picked : []))]
    const going = underWay(own.value, fresh)
    await goOn(going.twins, purpose)
    const here = alikeHere(going.others.length === 0 ? [] : await listed(), going.others)
    const begun = await begin(here.others, purpose)
    const compared = await lookAtAlike(here.alike)
    const begunLater = await begin(compared.others, purpose)
    // With a prompt goes what is here; nobody has to be asked.
    const isForPrompt = purpose === 'prompt'
    if (isForPrompt) await uploads.borrow(compared.twins.map(({ picked: { folder = '' }, file }) => ({ fileId: file.file_id, name: file.filename, folder, size: file.size, type: file.content_type })), sessionId)
    const told = isForPrompt ? [] : compared.twins
    const anyway = told.length === 0 ? null : () => begin(told.map(({ picked }) => picked), purpose)
    const isThere = ({ state }: Pick<UploadView, 'state'>) => state === 'done'
    // What cannot succeed says so where it stands.
    const moving = going.twins.filter((each) => !isThere(each) && (each.state !== 'failed' || mayRetry(each)))
    const already = alreadyOf(moving, [...going.twins.filter(isThere), ...told.map(({ file }) => ({ name: file.filename }))])
    return { begun: [...begun, ...begunLater], problem: problemOf(collected), already, anyway }
  }

  return { take, comparing }
}

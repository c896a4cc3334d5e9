// The list of a session's files: asked for when it is opened, and carried on by what the session tells.
import { expect, test } from 'bun:test'
import type { FilesPage } from '#protocol'
import { effectScope, shallowReactive } from 'vue'
import { followFiles } from '../../../../src/views/session/use-session-files.ts'
import { eventually } from '../../../support/eventually.ts'

const file = (at: number) => ({ file_id: `f${at}`, filename: `${at}.txt`, content_type: '', size: 1, user_id: 'u1', created_at: at })
const ids = (files: readonly { file_id: string }[] | null) => files?.map(({ file_id }) => file_id).join() ?? null

/** A relay with files 1 to `count`, in pages. */
function rig(count: number) {
  const session = shallowReactive({ filesSince: 1, newFiles: [] as ReturnType<typeof file>[], deletedFiles: [] as string[], isCurrent: true })
  const all = Array.from({ length: count }, (_, at) => file(count - at))
  const asked: number[] = []
  const relay = { files: all, isAway: false, before: Promise.resolve() }
  async function ask(limit: number, cursor = '0'): Promise<FilesPage | null> {
    asked.push(limit)
    const from = Number(cursor)
    const page = { files: relay.files.slice(from, from + limit), next: from + limit < relay.files.length ? String(from + limit) : null }
    await relay.before
    return relay.isAway ? null : page
  }
  const list = effectScope().run(() => followFiles(session, ask))!
  return { session, relay, list, asked }
}

test('three hundred files that come while the list is open cost no question; what is deleted goes', async () => {
  const { session, list, asked } = rig(3)
  await eventually('the first page', () => ids(list.files.value) === 'f3,f2,f1')
  for (let at = 4; at <= 303; at++) session.newFiles = [...session.newFiles, file(at)]
  session.deletedFiles = ['f2', 'f300']
  expect([list.files.value!.length, ids(list.files.value!.slice(0, 5)), ids(list.files.value!.slice(-2))]).toEqual([301, 'f303,f302,f301,f299,f298', 'f3,f1'])
  await Promise.resolve()
  expect(asked).toEqual([100])
})

test('what is told while a page is under way is neither lost nor there twice', async () => {
  const { session, relay, list } = rig(250)
  const way = Promise.withResolvers<void>()
  relay.before = way.promise
  await Promise.resolve()
  // One is in the page that comes as well; the other was deleted after the page was made.
  session.newFiles = [file(250), file(251)]
  session.deletedFiles = ['f249']
  way.resolve()
  await eventually('the first page', () => list.files.value !== null)
  expect([list.files.value!.length, ids(list.files.value!.slice(0, 3))]).toEqual([100, 'f251,f250,f248'])
})

test('all of them are asked for in large pages; a session read anew is asked again; who was not answered asks when the link is back', async () => {
  const { session, relay, list, asked } = rig(1_200)
  await list.all()
  expect([asked, list.files.value!.length, list.hasMore.value]).toEqual([[100, 500, 500, 500], 1_200, false])
  relay.files = [file(2_000)]
  Object.assign(session, { filesSince: 900, newFiles: [] })
  await eventually('the list anew', () => ids(list.files.value) === 'f2000')

  const away = rig(1)
  Object.assign(away.relay, { isAway: true })
  Object.assign(away.session, { isCurrent: false })
  await away.list.load()
  expect(away.list.files.value).toBeNull()
  away.relay.isAway = false
  away.session.isCurrent = true
  await eventually('the list', () => ids(away.list.files.value) === 'f1')
})

// The list of sessions: loaded once, kept current by the channels of the person and of the workspaces.
import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import { userChannel, workspaceChannel, type DataFromBrowser, type FromRelay, type Session, type SessionRow } from '#protocol'
import type { Timer } from '../clock.ts'
import type { AnswerOf, Outcome, Trouble } from '../connection/connection.ts'
import { arrangeSessions, keepArrangement, type Arrangement } from './arrange-sessions.ts'
import { createFollowedChannels } from './followed-channels.ts'
import { createSessionCommands } from './session-commands.ts'
import { useAccountStore } from './use-account-store.ts'
import { useServices } from './use-services.ts'
import { useVisitedStore } from './use-visited-store.ts'
import { useWorkspacesStore } from './use-workspaces-store.ts'

const PAGE = 200
const MOST_PAGES = 10
const REFRESH_AFTER_MS = 1_000

export const useSessionsStore = defineStore('sessions', () => {
  const { connection, rest, clock } = useServices()
  const account = useAccountStore()
  const workspaces = useWorkspacesStore()
  const visits = useVisitedStore()

  const rows = shallowRef<ReadonlyMap<string, SessionRow>>(new Map())
  const loaded = ref(false)
  const trouble = shallowRef<Trouble | null>(null)
  const arrangement = shallowRef<Arrangement>([])
  const held = ref(false)
  /** Who mentioned this person last, by session, until they have looked there. */
  const mentions = shallowRef<ReadonlyMap<string, string>>(new Map())
  /** Sessions on the screen: what happens there is seen. */
  const onScreen = new Set<string>()
  const refreshes = new Map<string, Timer>()
  /** The one that was just begun here, until its composer is there. */
  let begun = ''
  /** Known to be there no more, or not for this person. */
  const gone = new Set<string>()
  let loading: Promise<void> | null = null
  let loadAgain = false

  const groups = computed(() =>
    arrangement.value.map((group) => ({ ...group, rows: group.ids.flatMap((id) => rows.value.get(id) ?? []) })),
  )
  const waitingCount = computed(() => [...rows.value.values()].filter((row) => row.state === 'waiting' && !row.archived).length)

  function setRows(next: ReadonlyMap<string, SessionRow>): void {
    rows.value = next
    arrange()
  }

  function arrange(): void {
    const fresh = arrangeSessions(rows.value.values(), workspaces.list.map((each) => each.id))
    arrangement.value = held.value ? keepArrangement(arrangement.value, fresh, (id) => onScreen.has(id) || rows.value.get(id)?.owner_id === account.user?.id) : fresh
  }

  function put(row: SessionRow): void {
    gone.delete(row.session_id)
    setRows(new Map(rows.value).set(row.session_id, row))
  }

  function drop(id: string): void {
    seen(id)
    const next = new Map(rows.value)
    gone.add(id)
    if (next.delete(id)) setRows(next)
  }

  /** The whole list. Calls during a load are answered by one more load after it. */
  function load(): Promise<void> {
    if (loading) loadAgain = true
    loading ??= loadAll().finally(() => {
      loading = null
      if (!loadAgain) return
      loadAgain = false
      void load()
    })
    return loading
  }

  async function loadAll(): Promise<void> {
    const found = new Map<string, SessionRow>()
    let cursor: string | undefined
    for (let page = 0; page < MOST_PAGES; page++) {
      const answer = await rest.sessions.list({ limit: PAGE, cursor })
      if (!answer.ok) {
        trouble.value = answer.trouble
        return
      }
      for (const row of answer.data.sessions) found.set(row.session_id, newer(row))
      cursor = answer.data.next ?? undefined
      if (cursor === undefined) break
    }
    trouble.value = null
    loaded.value = true
    // An archived one is left out of the list, and still there.
    for (const [id, { archived }] of rows.value) if (!found.has(id) && !archived && cursor === undefined) gone.add(id)
    for (const id of found.keys()) gone.delete(id)
    setRows(found)
  }

  /** An event may have overtaken the answer of REST; what is on the screen is read. */
  function newer(row: SessionRow): SessionRow {
    const known = rows.value.get(row.session_id)
    const unread = onScreen.has(row.session_id) ? 0 : row.unread
    const latest = known && known.updated_at > row.updated_at ? { ...row, ...known, role: row.role, people: row.people, removed_folder: row.removed_folder, missing_folder: row.missing_folder } : row
    return { ...latest, unread }
  }

  function refreshNoMore(id: string): void {
    refreshes.get(id)?.cancel()
    refreshes.delete(id)
  }

  async function refresh(id: string): Promise<void> {
    refreshNoMore(id)
    const answer = await rest.sessions.get(id)
    if (answer.ok) put(newer(answer.data))
    else if (answer.trouble.code === 'NOT_FOUND') drop(id)
  }

  /** Many events of a busy session make one question. */
  function refreshSoon(id: string): void {
    if (onScreen.has(id) && rows.value.has(id)) return
    if (!refreshes.has(id)) refreshes.set(id, clock.setTimer(() => void refresh(id), REFRESH_AFTER_MS))
  }

  /** Whether it is still there: the list answers that well, where the address of one that is gone answers with an error. */
  function look(id: string): void {
    refreshNoMore(id)
    if (rows.value.has(id) || loading) void load()
  }

  function merge(session: Session): void {
    const known = rows.value.get(session.session_id)
    // One that was never changed is a veil: all it says is that there may be nothing to see any more.
    if (session.updated_at === 0) return look(session.session_id)
    if (known) put({ ...known, ...session })
    // Another owner: what may be done with it is another thing for both of them.
    if (session.visibility === 'private' || (known && known.owner_id !== session.owner_id)) void refresh(session.session_id)
    else refreshSoon(session.session_id)
  }

  function take(message: FromRelay): void {
    switch (message.type) {
      case 'session':
        return merge(message.data)
      case 'session_created':
        return void refresh(message.data.session_id)
      case 'workspace':
        return void workspaces.load()
      case 'participant_left':
        return look(message.data.session_id)
      case 'mention':
        mentions.value = new Map(mentions.value).set(message.data.session_id, message.data.username ?? '')
        return refreshSoon(message.data.session_id)
      case 'permission_request':
      case 'finished':
        return refreshSoon(message.data.session_id)
    }
  }

  /** Another folder, or another role: other sessions are seen, and more or less may be done in them. */
  const lookAround = () => void (workspaces.load(), load())
  const follow = createFollowedChannels(connection, {
    onMessage: take,
    onJoined: (_, continued) => void (!continued && load()),
    onSnapshotNeeded: () => Promise.resolve('from-now'),
    onRefused: lookAround,
  })

  /** Follows what the person may see, for as long as the same person is signed in. */
  watch(
    () => [account.user?.id ?? null, ...workspaces.list.map((each) => each.id)] as const,
    ([userId, ...workspaceIds], before) => {
      follow(userId === null ? [] : ['broadcast', userChannel(userId), ...workspaceIds.map((id) => workspaceChannel(id!))])
      if (userId === null) forget()
      else arrange()
      // A folder went, and sessions with it, or they can only be read now. Of one that came its channel has them loaded.
      if (userId === before?.[0] && before.some((id) => id !== userId && !workspaceIds.includes(id!))) void load()
    },
    { immediate: true },
  )

  watch(
    () => account.user?.role,
    (now, before) => now && before && lookAround(),
  )

  /** Nothing of one person is left for the next. */
  function forget(): void {
    loaded.value = false
    mentions.value = new Map()
    visits.forgetAll()
    for (const timer of refreshes.values()) timer.cancel()
    refreshes.clear()
    gone.clear()
    setRows(new Map())
  }

  /** `true` while the pointer is over the list. */
  function hold(over: boolean): void {
    held.value = over
    if (!over) arrange()
  }

  async function create(request: DataFromBrowser['create_session'] = {}): Promise<Outcome<{ session_id: string }>> {
    const outcome = await connection.deliver('create_session', request).answer
    if (outcome.ok) await refresh((begun = outcome.data.session_id))
    return outcome
  }

  /** Answers with the new one. */
  async function fork(id: string): Promise<Outcome<AnswerOf<'command'>>> {
    const outcome = await createSessionCommands(connection, id).fork()
    if (outcome.ok && outcome.data.session_id) await refresh(outcome.data.session_id)
    return outcome
  }

  async function archive(id: string, archived = true): Promise<Outcome<object>> {
    const outcome = await rest.sessions.patch(id, { archived })
    if (outcome.ok) await refresh(id)
    return outcome
  }

  async function remove(id: string): Promise<Outcome<object>> {
    const outcome = await rest.sessions.remove(id)
    if (!outcome.ok) return outcome
    refreshNoMore(id)
    drop(id)
    return outcome
  }

  function enter(id: string): void {
    onScreen.add(id)
    const row = rows.value.get(id)
    if (row?.unread) put({ ...row, unread: 0 })
  }

  /** The person looks at this session. */
  function seen(id: string): void {
    if (mentions.value.has(id)) mentions.value = new Map([...mentions.value].filter(([each]) => each !== id))
  }

  return {
    ...{ rows, groups, loaded, trouble, held, waitingCount, mentions },
    ...{ load, refresh, hold, create, fork, archive, remove, enter, seen },
    /** True once for a session that was just begun here: whoever began it goes on writing. */
    takeBegun: (id: string) => id === begun && ((begun = ''), true),
    leave: (id: string) => void onScreen.delete(id),
    row: (id: string) => rows.value.get(id) ?? null,
    isGone: (id: string) => gone.has(id),
  }
})

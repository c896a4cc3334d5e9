// Drives a real relay as several people and writes down what one of them is sent, step by step.
import { join } from 'node:path'
import { rest as bodies } from '#protocol'
import type { RecordedAnswer, RecordedFrame, RecordedRest, RecordedStep, Recording } from '../../src/mocks/recording.ts'
import { prepareSampleWorkspace } from '../../relay/demo/sample-workspace.ts'
import { createGate } from '../../relay/demo/script.ts'
import { createScriptedMessagesApi } from '../../relay/demo/scripted-messages-api.ts'
import { arrangeFrames, normaliseRecording } from './normalise-recording.ts'
import { blockTexts, connectProtocol, type Frame, type ProtocolClient } from './protocol-client.ts'
import type { Drive, ScenarioScript } from './scenario-script.ts'
import { relayHome, startRelay, type StartedRelay } from './start-relay.ts'

const VIEWER = 'minji'
const PASSWORD = 'a harbour at night'
const v1 = '/api/v1'

export async function recordScenario(name: string, script: ScenarioScript): Promise<Recording> {
  const home = relayHome()
  const api = createScriptedMessagesApi()
  await prepareSampleWorkspace(home.workspace)
  const start = (settings?: ScenarioScript['settings'], folder = home.workspace) =>
    startRelay({ home: { ...home, workspace: folder }, apiUrl: api.url, settings: { CLAUDE_SANDBOX: 'off', ...script.settings, ...settings }, environment: script.environment })
  let relay = await start()
  const clients = new Map<string, ProtocolClient>()
  const steps: RecordedStep[] = []
  const refusals: RecordedAnswer[] = []
  try {
    await relay.relay.auth.accounts.add({ name: VIEWER, role: 'admin', password: PASSWORD })
    const token = await relay.token(VIEWER)
    let viewer = await connectProtocol({ url: relay.url, token, name: VIEWER })
    clients.set(VIEWER, viewer)
    const greeting = viewer.frames[0]!
    const epoch = String(greeting.data.epoch)
    const userId = (who: string): string => String(clients.get(who)!.frames[0]!.data.user.id)
    let probe = await connectProtocol({ url: relay.url, token, name: 'probe' })
    const { session_id: sessionId } = await viewer.ask('create_session', { title: script.title ?? 'Rate limits for partners', visibility: 'workspace', permission_mode: script.mode })
    const channels = [`session:${sessionId}`, `user:${userId(VIEWER)}`] as const
    for (const channel of channels) await viewer.subscribe(channel, { history: 500 })

    async function call(method: string, path: string, init: RequestInit = {}): Promise<RecordedRest> {
      const answer = await fetch(`${relay.url}${path}`, { method, ...init, headers: { authorization: `Bearer ${token}`, ...(init.headers as Record<string, string>) } })
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
    }

    let taken = 0
    let begun = 0
    const take = (): RecordedFrame[] => {
      const fresh = viewer.frames.slice(taken).filter(({ channel }) => channel)
      taken = viewer.frames.length
      return arrangeFrames(fresh as RecordedFrame[], channels[0])
    }

    /** Everything that is in the logs has come; what is still to be written was waited for by the step itself. */
    async function settled(): Promise<void> {
      for (const channel of channels) {
        const { seq } = await probe.subscribe(channel)
        if (seq > 0) await viewer.until((frame) => frame.channel === channel && frame.seq === seq, `${channel} ${seq}`)
      }
    }

    async function step(by: string, type: string, data: object, act: () => Promise<RecordedAnswer | null>, then?: () => Promise<unknown>): Promise<void> {
      begun = viewer.frames.length
      const answer = await act()
      await then?.()
      await settled()
      steps.push({ by, type, data: { ...data }, answer, frames: take() })
    }

    const seen = (test: (frame: Frame) => boolean) => () => {
      const from = begun
      return viewer.until((frame) => viewer.frames.indexOf(frame) >= from && test(frame), `${name}: a frame of ${steps.length}`)
    }

    const positionNow = () => ({ epoch, seq: viewer.events(channels[0]).at(-1)!.seq! })

    /** The viewer has a socket again, and asks for what was missed since these positions. */
    async function comeBack(position: { epoch: string; seq: number }, userSeq: number) {
      viewer = await connectProtocol({ url: relay.url, token, name: `${VIEWER}-again` })
      clients.set(VIEWER, viewer)
      taken = begun = viewer.frames.length
      const answer = await viewer.subscribe(channels[0], { position })
      await viewer.subscribe(channels[1], { position: { epoch, seq: userSeq } })
      return answer
    }

    const drive: Drive = {
      api,
      folder: home.workspace,
      relay: () => relay,
      sessionId,
      gate: createGate,
      async does(who, type, data, then) {
        let result: Record<string, any> = {}
        const client = clients.get(who)!
        const silent = type === 'typing' || type === 'cursor_update'
        await step(who, type, data, async () => {
          if (silent) {
            client.raw(JSON.stringify({ type, data, timestamp: 0 }))
            return null
          }
          result = await client.ask(type, data)
          return { type: 'success', data: result }
        }, then)
        return result
      },
      goesOn: (gate, then) =>
        step('model', 'goes_on', {}, async () => {
          gate.open()
          return null
        }, then),
      prompts: (who, content, then) => drive.does(who, 'claude_message', { session_id: sessionId, content }, then),
      async answers(who, response, then) {
        const { body } = await call('GET', `${v1}/claude/sessions/${sessionId}/state`)
        const [open] = (body as { permissions: { request_id: string }[] }).permissions
        await drive.does(who, 'permission_response', { session_id: sessionId, request_id: open!.request_id, ...response }, then)
      },
      state: (state) => seen((frame) => frame.type === 'session' && frame.channel === channels[0] && frame.data.state === state),
      text: (part) => async () => {
        const has = () => [...blockTexts(viewer.frames).values()].some((text) => text.includes(part))
        if (!has()) await viewer.until((frame) => frame.type === 'claude_response' && has(), part)
      },
      seen,
      async open() {
        await settled()
        const { body } = await call('GET', `${v1}/claude/sessions/${sessionId}/events?limit=500`)
        const kept = steps.flatMap((each) => each.frames).filter((frame) => frame.channel === channels[0] && typeof frame.seq === 'number')
        const page = bodies.eventsPage.parse(body).events
        if (page.length !== kept.length || page.some((event, index) => event.type !== kept[index]!.type || event.seq !== kept[index]!.seq))
          throw new Error(`${name}: REST and the socket tell different stories`)
        opened = steps.length
        for (const [path, options] of restPaths) restAnswers[`${options?.method ?? 'GET'} ${path}`] = await call(options?.method ?? 'GET', path, options)
      },
      async away(meanwhile) {
        const position = positionNow()
        const before = viewer
        const at = steps.length
        steps.push({ by: 'network', type: 'cut', data: {}, answer: null, frames: [] })
        before.close()
        await before.closed
        await meanwhile()
        const user = await probe.subscribe(channels[1])
        const answer = await comeBack(position, user.seq)
        await viewer.until((frame) => frame.channel === channels[0] && frame.seq === answer.seq, 'what was missed')
        steps.push({ by: VIEWER, type: 'subscribe', data: { position }, answer: { type: 'success', data: answer }, frames: take() })
        if (steps.length !== at + 2) throw new Error(`${name}: steps inside of an absence`)
      },
      async restarts(folder, settings, meanwhile) {
        const position = positionNow()
        const user = await probe.subscribe(channels[1])
        const stopping = relay.stop()
        await meanwhile()
        await stopping
        relay = await start(settings, folder)
        probe = await connectProtocol({ url: relay.url, token, name: 'probe' })
        await comeBack(position, user.seq)
      },
      call,
      userId,
      client: (who) => clients.get(who)!,
      refused: (answer) => void refusals.push(answer),
    }

    let opened = -1
    const restAnswers: Record<string, RecordedRest> = {}
    const { body: me } = await call('GET', `${v1}/me`)
    const workspaceId = bodies.me.parse(me).relay.default_workspace_id
    const restPaths: [string, RequestInit?][] = [
      [`${v1}/me`],
      [`${v1}/people`],
      [`${v1}/workspaces`],
      [`${v1}/workspaces/${workspaceId}/tree`],
      [`${v1}/workspaces/${workspaceId}/trust`],
      [`${v1}/claude/sessions`],
      [`${v1}/claude/sessions/${sessionId}/state`],
    ]

    // The beginning of the log, from before anybody else was there.
    steps.push({ by: VIEWER, type: 'create_session', data: {}, answer: { type: 'success', data: { session_id: sessionId } }, frames: [] })
    await settled()
    steps[0]!.frames = take()
    for (const [who, { role, global }] of Object.entries(script.guests ?? {})) {
      const client = await connectProtocol({ url: relay.url, token: await relay.token(who, global), name: who })
      clients.set(who, client)
      await drive.does(VIEWER, 'invite_user', { session_id: sessionId, target_user_id: userId(who), role })
      await drive.does(who, 'join_collaboration', { session_id: sessionId }, drive.seen((frame) => frame.type === 'presence' && frame.data.people.some((each: any) => each.username === who)))
      steps.at(-1)!.answer = null
    }
    await script.run(drive)
    if (opened < 0) throw new Error(`${name} never opened`)
    const { body: endState } = await call('GET', `${v1}/claude/sessions/${sessionId}/state`)
    const signedIn = await signIn(relay)
    restAnswers[`POST ${v1}/auth/login`] = signedIn
    const recording: Recording = {
      ...{ name, about: script.about, viewer: VIEWER, session_id: sessionId, opened_after: opened },
      connected: greeting as RecordedFrame,
      rest: restAnswers,
      end_state: endState,
      ...(refusals.length > 0 ? { refusals } : {}),
      steps,
    }
    const people = [...clients.keys()].map((who) => [userId(who), `u-${who}`] as const)
    return normaliseRecording(recording, [
      ...people,
      [sessionId, 'session-1'],
      [workspaceId, 'workspace-1'],
      [epoch, 'recorded'],
      [home.workspace, '/home/minji/harbor-api'],
      [home.claudeHome, '/home/minji'],
      [home.folder, '/home/minji'],
      [process.execPath, '/usr/bin/bun'],
      [join(import.meta.dir, '..', '..'), '/home/minji/ensemble'],
      [home.workspace.replaceAll('/', '-'), '-home-minji-harbor-api'],
    ])
  } finally {
    for (const client of clients.values()) client.close()
    await relay.stop()
    await api.stop()
    home.remove()
  }
}

/** A sign-in by password; the secrets in it, which would be good for a while, are replaced. */
async function signIn(relay: StartedRelay): Promise<RecordedRest> {
  const answer = await fetch(`${relay.url}${v1}/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: VIEWER, password: PASSWORD }),
  })
  const body = (await answer.json()) as Record<string, unknown>
  return { status: answer.status, body: { ...body, access_token: 'recorded-token', page_key: 'recorded-key' } }
}

// Puts the mocked relay in the place of the network: WebSocket and REST are answered in this page. In mock mode only.
import { createApp } from 'vue'
import { http, HttpResponse } from 'msw/http'
import { setupWorker } from 'msw/browser'
import { ws } from 'msw/ws'
import { systemClock } from '../clock.ts'
import { createFakeRelay } from './fake-relay.ts'
import ScenarioPicker from './ScenarioPicker.vue'
import { SCENARIOS, scenarioOf } from './scenarios.ts'

const CHOICE = 'scenario'

/** `?scenario=` chooses and is remembered for the tab, so that links inside of the page keep it. */
function choice(): string | null {
  const asked = new URLSearchParams(location.search).get(CHOICE)
  if (asked !== null) sessionStorage.setItem(`ensemble.${CHOICE}`, asked)
  return asked ?? sessionStorage.getItem(`ensemble.${CHOICE}`)
}

export async function startMocks(): Promise<void> {
  const scenario = scenarioOf(choice())
  const recording = await scenario.load()
  const relay = createFakeRelay({ recording, clock: systemClock, newId: () => crypto.randomUUID(), goesOnMs: scenario.goesOnMs })
  const socket = ws.link(`${location.origin.replace(/^http/, 'ws')}/ws`)

  const worker = setupWorker(
    http.all('/api/v1/*', async ({ request }) => {
      const ofFiles = await relay.files(request)
      if (ofFiles) return ofFiles
      const { pathname, searchParams } = new URL(request.url)
      const isJson = request.headers.get('content-type')?.startsWith('application/json') ?? false
      const body: unknown = isJson ? await request.json() : null
      const answer = relay.rest({ method: request.method, path: pathname, query: searchParams, body })
      return HttpResponse.json(answer.body, { status: answer.status })
    }),
    http.get('/healthz', () => {
      const { body } = relay.rest({ method: 'GET', path: '/api/v1/me', query: new URLSearchParams(), body: null })
      return HttpResponse.json({ status: 'ok', epoch: (body as { relay?: { epoch?: string } }).relay?.epoch ?? '' })
    }),
    socket.addEventListener('connection', ({ client }) => {
      const connection = relay.connect({ send: (text) => client.send(text), close: (code, reason) => client.close(code, reason) })
      client.addEventListener('message', ({ data }) => typeof data === 'string' && connection.receive(data))
      client.addEventListener('close', connection.closed)
    }),
  )
  // Scripts, styles and pictures of the page itself go their way; a question to the relay that nobody answers is a mistake here.
  await worker.start({
    quiet: true,
    onUnhandledFrame({ frame, defaults }) {
      if (frame.protocol === 'ws') return defaults.error()
      const { request } = frame.data as { request: Request }
      if (/^\/(?:api|healthz|readyz|metrics)(?:\/|$)/.test(new URL(request.url).pathname)) defaults.error()
    },
  })
  if (location.pathname.startsWith('/gallery')) return
  if (location.pathname === '/') history.replaceState(history.state, '', `/s/${recording.session_id}${location.search}`)
  showPicker(scenario.name, recording.about, relay.goOn)
  relay.start()
}

function showPicker(current: string, about: string, goOn: () => void): void {
  const place = document.body.appendChild(document.createElement('div'))
  const scenarios = SCENARIOS.map(({ name, title }) => ({ name, title }))
  const choose = (name: string) => location.assign(`/?${CHOICE}=${name}`)
  createApp(ScenarioPicker, { scenarios, current, about, onChoose: choose, onGoOn: goOn }).mount(place)
}

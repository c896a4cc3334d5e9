// A Messages API on loopback whose answers are written down beforehand: for the demo and for tests with the real CLI.
import { StreamCut, streamAnswer, wholeAnswer, type AnswerContext } from './answer-stream.ts'
import { createScript, createStep, settle, type Script, type Step } from './script.ts'
import { readPrompt, readSteeredPrompt, type ApiBody, type ScriptedRequest } from './scripted-request.ts'
import { answerSideCall, type SearchHit } from './side-calls.ts'

type ScriptedMessagesApiOptions = {
  /** 0 (default): any free port. */
  port?: number
  host?: string
  script?: Script
  /** Part of every id: the CLI drops calls whose ids an earlier run has used in the same conversation. */
  mark?: string
  /** What the API's own web search finds. */
  searchHits?: readonly SearchHit[]
  wait?: (ms: number) => Promise<void>
}

const DEFAULT_HITS: readonly SearchHit[] = [{ title: 'Example Domain', url: 'https://example.com/' }]

const isNotification = (prompt: string) => prompt.startsWith('<task-notification>')

/** What is said to a prompt that no rule knows. */
function echo(prompt: string): Step {
  if (isNotification(prompt)) {
    const summary = /<summary>([\s\S]*?)<\/summary>/.exec(prompt)?.[1] ?? 'something'
    return { ...createStep(), parts: [{ kind: 'text', text: `In the background: ${summary}.` }] }
  }
  const text = `You said: ${prompt.trim().slice(0, 2000)}\n\nI am a scripted model, so I can only repeat what I was told.`
  return { ...createStep(), parts: [{ kind: 'text', text }] }
}

/** The same step with these words before what it says and does. */
function prefaced(step: Step, text: string): Step {
  const at = step.parts.findIndex((part) => part.kind !== 'thinking')
  return { ...step, parts: step.parts.toSpliced(at === -1 ? step.parts.length : at, 0, { kind: 'text', text: `${text}\n\n`, chunkChars: 12, everyMs: 24 }) }
}

const textStep = (text: string): Step => ({ ...createStep(), parts: [{ kind: 'text', text, chunkChars: 12, everyMs: 24 }] })
const done: Step = { ...createStep(), parts: [{ kind: 'text', text: 'Done.' }] }

export type ScriptedMessagesApi = ReturnType<typeof createScriptedMessagesApi>

/**
 * Starts listening at once. `url` is what ANTHROPIC_BASE_URL has to be; `when` adds rules to the script; `requests` is all that was
 * asked, in order; `received(test)` settles with the first request, past or future, that passes the test.
 */
export function createScriptedMessagesApi(options: ScriptedMessagesApiOptions = {}) {
  const script = options.script ?? createScript()
  const mark = options.mark ?? ''
  const wait = options.wait ?? ((ms: number) => Bun.sleep(ms))
  const requests: ScriptedRequest[] = []
  const watchers = new Set<() => void>()
  let count = 0

  const record = (request: ScriptedRequest): void => {
    requests.push(request)
    for (const look of [...watchers]) look()
  }

  function choose(body: ApiBody, headers: Record<string, string>): { request: ScriptedRequest; step: Step } {
    const sayToSteer = script.saysToSteer()
    const { prompt, step: stepIndex, steer } = sayToSteer ? readSteeredPrompt(body.messages) : { ...readPrompt(body.messages), steer: null }
    const known = script.find(prompt)
    const errand = known ? undefined : answerSideCall(body, prompt, options.searchHits ?? DEFAULT_HITS)
    const request: ScriptedRequest = { kind: errand ? 'side' : 'turn', prompt, step: stepIndex, body, headers, abandoned: false }
    record(request)
    const rule = known ?? (errand || isNotification(prompt) ? undefined : script.findRest(prompt))
    const failure = rule && stepIndex > 0 ? script.saysToFailure(request) : null
    const scripted = rule?.steps[stepIndex] ?? done
    const step = failure !== null ? textStep(failure) : rule ? settle(scripted, request) : (errand ?? (stepIndex === 0 ? echo(prompt) : done))
    return { request, step: steer !== null && sayToSteer ? prefaced(step, sayToSteer(steer)) : step }
  }

  /** Takes one refusal of the step, if one is left. */
  function refuse(step: Step): Response | undefined {
    const refusal = step.refusals.find((candidate) => candidate.timesLeft > 0)
    if (!refusal) return undefined
    refusal.timesLeft -= 1
    const headers = refusal.retryAfterSeconds === undefined ? undefined : { 'retry-after': String(refusal.retryAfterSeconds) }
    const error = { type: refusal.errorType, message: refusal.message }
    return Response.json({ type: 'error', error }, { status: refusal.status, headers })
  }

  function stream(step: Step, context: AnswerContext): Response {
    const frames = streamAnswer(step, context)
    const encoder = new TextEncoder()
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        try {
          const { value, done: ended } = await frames.next()
          if (!ended) controller.enqueue(encoder.encode(value))
          else if (value === 'hang') await new Promise(() => {})
          else controller.close()
        } catch (error) {
          if (!(error instanceof StreamCut)) throw error
          controller.error(error)
        }
      },
      cancel() {
        context.request.abandoned = true
      },
    })
    return new Response(body, { headers: { 'content-type': 'text/event-stream', 'request-id': `req_${context.messageId}` } })
  }

  async function answer(httpRequest: Request): Promise<Response> {
    const { pathname } = new URL(httpRequest.url)
    if (httpRequest.method !== 'POST') return new Response(null, { status: pathname === '/' ? 200 : 404 })
    const body = (await httpRequest.json()) as ApiBody
    const headers = Object.fromEntries(httpRequest.headers)
    if (pathname === '/v1/messages/count_tokens') {
      record({ kind: 'count', prompt: readPrompt(body.messages).prompt, step: 0, body, headers, abandoned: false })
      return Response.json({ input_tokens: Math.round(JSON.stringify(body).length / 4) })
    }
    if (pathname !== '/v1/messages') return Response.json({ type: 'error', error: { type: 'not_found_error', message: 'no such path' } }, { status: 404 })
    const { request, step } = choose(body, headers)
    const refusal = refuse(step)
    if (refusal) return refusal
    const messageNumber = ++count
    let tools = 0
    const context: AnswerContext = {
      request,
      wait,
      messageId: `msg_scripted${mark}${String(messageNumber).padStart(6, '0')}`,
      toolUseId: () => `toolu_scripted${mark}${String(messageNumber).padStart(6, '0')}n${++tools}`,
    }
    return body.stream ? stream(step, context) : Response.json(await wholeAnswer(step, context))
  }

  const server = Bun.serve({
    port: options.port ?? 0,
    hostname: options.host ?? '127.0.0.1',
    // Streams may stand still for as long as a gate is shut.
    idleTimeout: 0,
    development: false,
    fetch: answer,
    error: () => Response.json({ type: 'error', error: { type: 'invalid_request_error', message: 'not a request of the Messages API' } }, { status: 400 }),
  })

  return {
    url: `http://${server.hostname}:${server.port}`,
    port: server.port ?? 0,
    script,
    when: script.when,
    requests: requests as readonly ScriptedRequest[],
    received(test: (request: ScriptedRequest) => boolean): Promise<ScriptedRequest> {
      const { promise, resolve } = Promise.withResolvers<ScriptedRequest>()
      const look = (): void => {
        const found = requests.find(test)
        if (!found) return
        watchers.delete(look)
        resolve(found)
      }
      watchers.add(look)
      look()
      return promise
    },
    stop: (): Promise<void> => server.stop(true),
  }
}

// The language in which the scripted model's answers are written: when(prompt).think(…).say(…).use(tool, input).say(…).
import type { ScriptedRequest } from './scripted-request.ts'

/** Something a test holds shut: a stream that reaches it waits until it is opened. */
export type Gate = {
  open(): void
  /** Settles when the first stream has arrived at the gate. */
  reached: Promise<void>
  readonly opened: Promise<void>
  arrive(): void
}

type ToolInput = Record<string, unknown>
/** Written down, or made from what has happened so far. */
type Made<Value> = Value | ((request: ScriptedRequest) => Value)
type Pace = { chunkChars?: number; everyMs?: number }

export type Part =
  | ({ kind: 'text' | 'thinking'; text: string } & Pace)
  | { kind: 'tool'; name: string; input: ToolInput }
  | { kind: 'block'; block: { type: string; [field: string]: unknown } }
  | { kind: 'gate'; gate: Gate }
  | { kind: 'pause'; ms: number }
  | { kind: 'error'; errorType: string; message: string }
  | { kind: 'garbage'; text: string }
  | { kind: 'cut' }
  | { kind: 'hang' }

type Refusal = { status: number; errorType: string; message: string; retryAfterSeconds?: number; timesLeft: number }
export type TokenUsage = { input?: number; output?: number; cacheRead?: number; cacheWrite?: number }

/** A part as a script holds it; `settle` makes a part of it when its turn has come. */
type Unsettled = Part | ({ kind: 'made-text'; text(request: ScriptedRequest): string } & Pace) | { kind: 'made-tool'; name: string; input(request: ScriptedRequest): ToolInput | null }

/** One answer of the API. A turn with tools has several: each is the follow-up of the tool results before it. */
type Answering<Kind> = { refusals: Refusal[]; parts: Kind[]; usage: TokenUsage; stopReason?: string }
export type Step = Answering<Part>
type ScriptedStep = Answering<Unsettled>

type Rule = { matches(prompt: string): boolean; steps: ScriptedStep[] }

const ERROR_TYPES: Record<number, string> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  500: 'api_error',
  529: 'overloaded_error',
}

export function createGate(): Gate {
  const opened = Promise.withResolvers<void>()
  const reached = Promise.withResolvers<void>()
  return { open: opened.resolve, opened: opened.promise, arrive: reached.resolve, reached: reached.promise }
}

export const createStep = (): Step => ({ refusals: [], parts: [], usage: {} })

/** The step as it is answered to this request. `refusals` stay the script's own: they are counted down. */
export function settle(step: ScriptedStep, request: ScriptedRequest): Step {
  const parts = step.parts.flatMap((part): Part[] => {
    if (part.kind === 'made-text') return [{ ...part, kind: 'text', text: part.text(request) }]
    if (part.kind !== 'made-tool') return [part]
    const input = part.input(request)
    return input === null ? [] : [{ kind: 'tool', name: part.name, input }]
  })
  return { ...step, parts }
}

type Answer = ReturnType<typeof createAnswer>

/** Builds the answers to one prompt. Text or thinking after a tool begins the next answer by itself; `then()` does so between two tools. */
function createAnswer(steps: ScriptedStep[]) {
  let step: ScriptedStep = createStep()
  steps.push(step)
  const begin = (): void => {
    step = createStep()
    steps.push(step)
  }
  const add = (part: Unsettled) => {
    step.parts.push(part)
    return answer
  }
  const afterTools = (): void => {
    if (step.parts.some((part) => part.kind === 'tool' || part.kind === 'made-tool')) begin()
  }
  const answer = {
    say(text: Made<string>, pace: Pace = {}) {
      afterTools()
      return add(typeof text === 'string' ? { kind: 'text', text, ...pace } : { kind: 'made-text', text, ...pace })
    },
    think(text: string, pace: Pace = {}) {
      afterTools()
      return add({ kind: 'thinking', text, ...pace })
    },
    use: (name: string, input: ToolInput | ((request: ScriptedRequest) => ToolInput | null) = {}) =>
      add(typeof input === 'function' ? { kind: 'made-tool', name, input } : { kind: 'tool', name, input }),
    /** A content block as the API has it, for what this language has no word for. */
    block: (block: { type: string; [field: string]: unknown }) => add({ kind: 'block', block }),
    then() {
      begin()
      return answer
    },
    /** The stream stands still until the gate is opened. */
    hold: (gate: Gate) => add({ kind: 'gate', gate }),
    pause: (ms: number) => add({ kind: 'pause', ms }),
    /** Refuses with an HTTP error, `times` times; then the rest of the answer follows. */
    fail(status: number, options: { times?: number; message?: string; retryAfterSeconds?: number } = {}) {
      step.refusals.push({
        status,
        errorType: ERROR_TYPES[status] ?? 'api_error',
        message: options.message ?? `scripted ${status}`,
        timesLeft: options.times ?? Number.POSITIVE_INFINITY,
        ...(options.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: options.retryAfterSeconds }),
      })
      return answer
    },
    /** An `error` event inside the stream, as the API sends when it breaks down after it began to answer. */
    breakDown: (errorType = 'overloaded_error', message = 'scripted breakdown') => add({ kind: 'error', errorType, message }),
    garbage: (text = 'event: nonsense\ndata: {"type":\n\n') => add({ kind: 'garbage', text }),
    /** Drops the connection here. */
    cut: () => add({ kind: 'cut' }),
    /** Says nothing more and keeps the connection open. */
    hang: () => add({ kind: 'hang' }),
    usage(usage: TokenUsage) {
      step.usage = usage
      return answer
    },
    stop(reason: string) {
      step.stopReason = reason
      return answer
    },
  }
  return answer
}

export type Script = ReturnType<typeof createScript>

/** A list of rules; a later rule wins over an earlier one, so a test can override. A text matches a prompt that contains it. */
export function createScript() {
  const rules: Rule[] = []
  const rest: Rule[] = []
  let steered: ((steer: string) => string) | null = null
  let failed: ((request: ScriptedRequest) => string | null) | null = null
  const add = (to: Rule[], prompt: string | RegExp | ((text: string) => boolean)): Answer => {
    const rule: Rule = { matches: (text) => (typeof prompt === 'string' ? text.includes(prompt) : prompt instanceof RegExp ? prompt.test(text) : prompt(text)), steps: [] }
    to.unshift(rule)
    return createAnswer(rule.steps)
  }
  return {
    when: (prompt: string | RegExp | ((text: string) => boolean)): Answer => add(rules, prompt),
    /** For prompts that no rule and no errand of the CLI knows. */
    otherwise: (prompt: RegExp): Answer => add(rest, prompt),
    /** From now on a steer is answered with these words and the turn goes on as written; otherwise it is a prompt of its own. */
    whenSteered: (say: (steer: string) => string): void => void (steered = say),
    /** From now on these words, where there are any, end a turn whose calls did not all go well. */
    whenFailed: (say: (request: ScriptedRequest) => string | null): void => void (failed = say),
    saysToFailure: (request: ScriptedRequest): string | null => failed?.(request) ?? null,
    find: (prompt: string): Rule | undefined => rules.find((rule) => rule.matches(prompt)),
    findRest: (prompt: string): Rule | undefined => rest.find((rule) => rule.matches(prompt)),
    saysToSteer: () => steered,
    clear: (): void => void rules.splice(0),
  }
}

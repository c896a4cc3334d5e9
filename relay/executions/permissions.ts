// Permission requests of one session: asked as rows, answered once by whoever is first, alive without their process.
import { allows, Refused, ruleText, userChannel, type PermissionMode, type PermissionRequest, type PermissionResponse } from '#protocol'
import type { Asked } from '../answers/answers.ts'
import type { PermissionDecision, PermissionQuestion } from '../claude/claude.ts'
import { refuseSpent } from './affordable.ts'
import { cutTexts } from './cut-texts.ts'
import { allowedMode, notFound } from '../sessions/sessions.ts'
import type { Dependencies } from './dependencies.ts'
import { createDraft, isPassing, type Draft } from './draft.ts'
import type { LaneState, OpenRequest } from './lane-state.ts'
import type { LateAnswers } from './late-answers.ts'
import { answeredInput, decide, hashOfInput, holdsWords, type Decision } from './permission-request.ts'
import { readPass, readRequest, type KeptRequest } from './kept-requests.ts'
import { insertRequest, insertRule, movePass } from './rows.ts'
import type { SessionRun } from './session-run.ts'
import type { Turns } from './turns.ts'
import { resolve, withdrawn } from './turn-events.ts'

export type Permissions = {
  /** Claude asks; `settle` is called with the answer, whenever it comes. Resolves when the question is on file. */
  open(question: PermissionQuestion, executionId: string, gone: AbortSignal, settle: (decision: PermissionDecision) => void): Promise<void>
  answer(asked: Asked, response: PermissionResponse): Promise<object>
  /** Their process is gone: nobody is called any more when an answer comes. */
  forget(): void
  /** In the lane: what is still asked of a conversation that is dropped. */
  withdrawAll(draft: Draft, state: LaneState): OpenRequest[]
}

/** After this time without the end of the turn, Claude has taken the question back by itself. */
const takenBackMs = 1_000
const maxAuditedChars = 16 * 1024

type Settle = (decision: PermissionDecision) => void
/** Who waits for an answer, and all of the input that was asked about: people are shown a long one cut. */
type Waiter = { settle: Settle; input: unknown }
type RulesChanged = (workspaceId: string) => Promise<void>

export function createPermissions(deps: Dependencies, run: SessionRun, turns: Turns, late: LateAnswers, rulesChanged: RulesChanged): Permissions {
  const { storage, sessions, auth, clock, newId, usage } = deps
  const { sessionId } = run
  const waiters = new Map<string, Waiter>()

  async function open(question: PermissionQuestion, executionId: string, gone: AbortSignal, settle: Settle): Promise<void> {
    await run.lane(async (state) => {
      const { tool, input } = question
      const hash = hashOfInput(input)
      if (await pass(tool, hash, { settle, input })) return
      const request: PermissionRequest = {
        request_id: newId(),
        session_id: sessionId,
        execution_id: executionId,
        tool_use_id: question.toolUseId,
        ...(question.parentToolUseId && { parent_tool_use_id: question.parentToolUseId }),
        tool,
        // The hash is of all of it; the call above the question says where the whole is.
        input: cutTexts(input),
        title: question.title,
        description: question.description,
        kind: question.kind,
        suggestions: question.suggestions,
        default_to_no: question.defaultToNo,
      }
      const draft = createDraft(sessionId)
      // The same question from a process that is gone: this one takes its place.
      const older = state.asked.filter((each) => each.hash === hash && each.request.tool === tool && !waiters.has(each.request.request_id))
      for (const each of older) resolve(draft, each, withdrawn, clock.now())
      draft.add(insertRequest(request, hash, clock.now())).tell('permission_request', request, executionId)
      const short = { session_id: sessionId, request_id: request.request_id, tool, title: question.title ?? tool }
      for (const { user_id, role } of await sessions.roster(sessionId)) if (allows('answer', role)) draft.tellIn(userChannel(user_id), 'permission_request', short)
      for (const id of waiters.keys()) if (!state.asked.some((each) => each.request.request_id === id)) waiters.delete(id)
      waiters.set(request.request_id, { settle, input })
      gone.addEventListener('abort', () => clock.setTimer(() => run.track(takeBack(request.request_id)), takenBackMs), { once: true })
      const opened: OpenRequest = { request, hash, openedAt: clock.now() }
      await run.keep(draft, { asked: [...state.asked.filter((each) => !older.includes(each)), opened], stalled: false })
      run.told.asked(state.turn, opened)
    })
  }

  /** An answer that came after its process had gone lets one call with the same input through. */
  async function pass(tool: string, hash: string, waiter: Waiter): Promise<boolean> {
    const kept = await readPass(storage, sessionId, tool, hash)
    if (!kept?.decision) return false
    const { request_id } = kept.request
    try {
      await run.commit(createDraft(sessionId).add(movePass(request_id, 'ready', 'handed')), {})
    } catch (error) {
      // Not taken for certain: then people are asked.
      if (error instanceof Refused || isPassing(error)) return false
      throw error
    }
    waiter.settle(toClaude(kept.decision, kept.request, waiter.input, () => heard(request_id)))
    return true
  }

  /** In the lane. That it is on its way is kept before it is: what a crash leaves owed was never heard, what it leaves handed perhaps. */
  async function handOver(request: PermissionRequest, decision: Decision, waiter: Waiter): Promise<void> {
    await run.keep(createDraft(sessionId).add(movePass(request.request_id, 'owed', 'handed')), {})
    waiter.settle(toClaude(decision, request, waiter.input, () => heard(request.request_id)))
  }

  /** Whatever happens from now on happens to the call, not to the answer. */
  function heard(requestId: string): void {
    run.track(storage.commit({ statements: [movePass(requestId, 'handed', 'used')] }))
  }

  /** Claude does not wait any more although its turn goes on. A process that died tells the end of its turn instead. */
  async function takeBack(requestId: string): Promise<void> {
    await run.lane(async (state) => {
      const open = state.asked.find(({ request }) => request.request_id === requestId)
      if (!open || !waiters.has(requestId) || run.live?.ending) return
      waiters.delete(requestId)
      const draft = createDraft(sessionId)
      resolve(draft, open, withdrawn, clock.now())
      await run.keep(draft, { asked: state.asked.filter((each) => each !== open) })
    })
  }

  async function answer(asked: Asked, response: PermissionResponse): Promise<object> {
    const { who } = asked
    return run.lane(async (state) => {
      await auth.may(who, 'answer', sessionId)
      const kept = await readRequest(storage, response.request_id)
      if (kept?.request.session_id !== sessionId) throw notFound()
      const open = state.asked.find(({ request }) => request.request_id === response.request_id)
      if (kept.status !== 'open' || !open) throw tooLate(kept)
      const decision = decide(open.request, response)
      const record = await sessions.present(sessionId)
      if (decision.scope === 'always') await auth.mayRelay(who, 'answer_always', record.workspaceId)
      if (holdsWords(open.request, decision)) await refuseSpent(usage, who.userId)
      const waiter = waiters.get(response.request_id) ?? null
      const draft = createDraft(sessionId)
      const status = decision.behavior === 'allow' ? 'allowed' : 'denied'
      const pass = waiter ? 'owed' : decision.behavior === 'allow' ? 'ready' : null
      resolve(draft, open, { status, by: who, decision, pass }, clock.now())
      const own = decision.scope === 'session' ? sessionId : null
      for (const rule of decision.rules) draft.add(insertRule(newId(), record.workspaceId, own, rule, who.userId, clock.now()))
      draft.add(auth.audit(who, 'permission.answer', auditOf(open, decision), sessionId))
      const mode = modeAfter(open.request, decision, record.permissionMode, deps.allowBypass)
      if (mode) draft.log('mode_changed', `${who.name} approved the plan; mode: ${mode}`, { args: { mode, username: who.name }, execution: open.request.execution_id })
      const left: LaneState = { ...state, asked: state.asked.filter((each) => each !== open) }
      const then = waiter ? { next: {}, prompt: null } : await late.goOn(draft, left, [{ request: open.request, decision, by: who, trace: asked.trace }])
      const result = { request_id: response.request_id, status }
      await run.commit(draft, { ...left, ...then.next }, { asked, result, ...(mode && { session: { permissionMode: mode } }) })
      waiters.delete(response.request_id)
      run.told.answered(state.turn, open, status, { userId: who.userId, trace: asked.trace ?? null })
      if (mode) run.expectedMode = mode
      if (waiter) await handOver(open.request, decision, waiter)
      if (mode) run.track(run.link?.setPermissionMode(mode))
      if (decision.rules.length > 0) run.track(rulesChanged(record.workspaceId))
      turns.launch(then.prompt)
      return result
    })
  }

  return {
    open,
    answer,
    forget: () => waiters.clear(),
    withdrawAll(draft, state) {
      for (const open of state.asked) resolve(draft, open, withdrawn, clock.now())
      waiters.clear()
      return []
    },
  }
}

function tooLate({ status, resolvedBy, resolvedAt, scope }: KeptRequest): Refused {
  const details = { status, user_id: resolvedBy?.userId ?? null, username: resolvedBy?.name ?? null, scope, at: resolvedAt }
  return new Refused('CONFLICT', resolvedBy ? `${resolvedBy.name} has answered this already: ${status}` : `this question is ${status}`, { details })
}

/** Approving a plan leaves the plan mode; so the row, from which every later process starts, leaves it too. */
function modeAfter(request: PermissionRequest, decision: Decision, mode: PermissionMode, allowBypass: boolean): PermissionMode | null {
  if (request.kind !== 'plan' || decision.behavior === 'deny') return null
  const wanted = decision.acceptEdits ? 'acceptEdits' : mode === 'plan' ? 'default' : allowedMode(mode, allowBypass)
  return wanted === mode ? null : wanted
}

function toClaude(decision: Decision, shown: Pick<PermissionRequest, 'input'>, input: unknown, heard: () => void): PermissionDecision {
  if (decision.behavior === 'deny') return { behavior: 'deny', message: decision.message ?? 'The user refused this.', heard }
  const updatedInput = decision.answers ? answeredInput(input, shown.input, decision.answers) : decision.updatedInput
  return { behavior: 'allow', ...(updatedInput && { updatedInput }), rules: decision.rules, heard }
}

function audited(input: unknown): unknown {
  const json = JSON.stringify(input)
  return json.length > maxAuditedChars ? `${json.slice(0, maxAuditedChars)}…` : input
}

/** What the audit keeps: the request holds the whole input, so here a long one is cut and named by its hash. */
function auditOf({ request, hash }: OpenRequest, decision: Decision): object {
  return {
    request_id: request.request_id,
    execution_id: request.execution_id,
    tool_use_id: request.tool_use_id,
    tool: request.tool,
    input: audited(request.input),
    input_hash: hash,
    behavior: decision.behavior,
    scope: decision.scope,
    message: decision.message,
    updated_input: audited(decision.updatedInput),
    rules: decision.rules.map(ruleText),
  }
}

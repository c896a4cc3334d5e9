// A prompt of a script: into a session that works as asked for, or into a new one, with what is kept along with its execution.
import { Refused, type ExecuteBody, type Executed } from '#protocol'
import type { Asked } from '../answers/answers.ts'
import type { SessionRecord } from '../sessions/sessions.ts'
import type { Statement } from '../storage/storage.ts'
import type { ChosenSettings } from './chosen-settings.ts'
import type { Words } from './compose-prompt.ts'
import type { Dependencies } from './dependencies.ts'
import type { Prompted } from './queue.ts'
import type { Rooms } from './rooms.ts'
import { keepAlong } from './rows.ts'

/** Those who ask for the same, in whatever order, ask for the same. */
const sameTools = (a: readonly string[], b: readonly string[] | null) => b !== null && JSON.stringify([...new Set(a)].sort()) === JSON.stringify([...new Set(b)].sort())

/** They belong to the process, which others share: nobody changes them by prompting. */
function refuseOtherSettings(session: SessionRecord, { workspace_id, system_prompt, tools, max_turns }: ExecuteBody): void {
  const others = {
    workspace_id: !!workspace_id && workspace_id !== session.workspaceId,
    system_prompt: typeof system_prompt === 'string' && system_prompt !== (session.systemPrompt ?? ''),
    tools: !!tools && !sameTools(tools, session.tools),
    max_turns: !!max_turns && max_turns !== session.maxTurns,
  }
  const named = Object.entries(others).flatMap(([name, other]) => (other ? [name] : []))
  if (named.length > 0) throw new Refused('VALIDATION', `${named.join(', ')}: not what this session was begun with; leave it out, or begin another one`, { details: { differs: named } })
}

type Parts = Pick<Dependencies, 'auth' | 'sessions' | 'webhooks'> & Pick<ChosenSettings, 'tryModel'>

export function createExecute({ auth, sessions, webhooks, tryModel }: Parts, rooms: Rooms, refuseWhileDraining: () => void) {
  /** What is committed along with an execution, and the answer that is made when that is done. */
  function prepare({ who }: Asked, { metadata, stream, webhook }: ExecuteBody) {
    let secret: string | null = null
    return {
      along(executionId: string, sessionId: string): Statement[] {
        const called = webhook && webhooks ? webhooks.accept(webhook, { executionId, sessionId }, who) : null
        secret = called?.secret ?? null
        return [...keepAlong(executionId, { metadata: metadata ?? null, withoutDeltas: stream === false }), ...(called?.statements ?? [])]
      },
      /** Again, to whoever asks again: a secret is shown once. */
      repeated: ({ webhook_secret, ...rest }: Executed): Executed => ({ ...rest, ...(webhook_secret && { webhook_secret_shown: true }) }),
      executed: ({ execution_id, session_id }: Prompted): Executed => ({
        execution_id,
        session_id,
        status: 'started',
        websocket_url: `/ws/executions/${execution_id}`,
        ...(secret !== null && { webhook_secret: secret }),
      }),
    }
  }

  return async function execute(asked: Asked, body: ExecuteBody): Promise<Executed> {
    const { who } = asked
    refuseWhileDraining()
    if (body.webhook && !webhooks) throw new Refused('VALIDATION', 'this relay calls nobody: there are no webhooks here')
    if (body.webhook) webhooks?.check(body.webhook)
    const { along, executed, repeated } = prepare(asked, body)
    const words: Words = { content: body.prompt, along, trace: asked.trace }
    const answering: Asked = { who, answering: (result) => {
      const answer = executed(result as Prompted)
      return asked.answering(answer, repeated(answer))
    } }
    if (!body.session_id) return executed(await rooms.begin(answering, words, body))
    await auth.may(who, 'prompt', body.session_id)
    const session = await sessions.present(body.session_id)
    refuseOtherSettings(session, body)
    const model = body.model && body.model !== session.model ? body.model : null
    // Only Claude knows whether there is such a model; a prompt that is refused changes none.
    const tried = model ? await tryModel(session.id, model) : null
    try {
      return executed(await rooms.of(session.id).prompts.prompt(answering, { ...words, model }, 'queue'))
    } catch (problem) {
      tried?.takeBack()
      throw problem
    }
  }
}

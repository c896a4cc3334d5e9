// Two people who mind their own business while somebody attacks the relay: how late they hear each other, and whether a row changed that is not theirs.
import { connectProtocol } from './protocol-client.ts'
import { rowsOf } from './rows-of.ts'
import type { StartedRelay } from './start-relay.ts'

export type Bystanders = Awaited<ReturnType<typeof startBystanders>>

/** Give the relay PROMPTS_PER_SECOND: '100000': they say more than a person may. */
export async function startBystanders(relay: StartedRelay) {
  const connect = async (name: string) => connectProtocol({ url: relay.url, token: await relay.token(name), name: `${name}-${crypto.randomUUID()}` })
  const [speaker, listener] = [await connect('bystander-one'), await connect('bystander-two')]
  const idOf = (client: typeof speaker) => client.frames[0]!.data.user.id as string
  const { session_id } = await speaker.ask('create_session', { title: 'Calm', visibility: 'private' })
  await speaker.ask('invite_user', { session_id, target_user_id: idOf(listener), role: 'viewer' })
  await listener.subscribe(`session:${session_id}`)
  const theirs = [session_id, idOf(speaker), idOf(listener)]
  let worstMs = 0
  let told = 0
  let going = true
  const talking = (async () => {
    while (going) {
      const began = performance.now()
      const content = `note ${told}`
      const heard = listener.until((frame) => frame.type === 'message' && frame.data.content === content, content)
      await Promise.all([speaker.ask('command', { session_id, command: 'note', args: { content } }), heard])
      listener.frames.length = 0
      speaker.frames.length = 0
      worstMs = Math.max(worstMs, performance.now() - began)
      told += 1
      // Often enough to be there whenever something is slow; all that they say is read by each look at the rows.
      await Bun.sleep(20)
    }
  })()

  return {
    /** Every row of the database that is not about them, as text. */
    rows: (): string[] => rowsOf(relay).filter((row) => !theirs.some((id) => row.includes(id))),
    /** Ends their talk and says how it went. Rejects when one of them was not answered. */
    async stop(): Promise<{ worstMs: number; told: number }> {
      going = false
      await talking
      speaker.close()
      listener.close()
      return { worstMs, told }
    },
  }
}

// The token of a script: given once, never renewed. Whether the relay takes it is asked; that it does not is the end.
import { createListeners } from '../connection/listeners.ts'
import { done, failed, trouble, type Outcome, type Trouble } from '../connection/outcome.ts'
import type { Token, TokenState } from '../connection/token.ts'

export type GivenToken = Token & {
  isTaken(): Promise<boolean>
  /** Why the relay does not take it; null while it does. */
  refusal(): Trouble | null
}

/** `ask`: anything of the relay that only its token can be refused for. */
export function createGivenToken({ token, ask }: { token: string; ask(): Promise<Outcome<unknown>> }): GivenToken {
  const listeners = createListeners<[TokenState]>()
  let refusal: Trouble | null = null
  let asking: ReturnType<Token['renew']> | null = null

  function refuse(why: Trouble): void {
    refusal ??= why
    listeners.tell('signed-out')
  }

  async function find(): ReturnType<Token['renew']> {
    const answer = await ask()
    if (answer.ok) return 'renewed'
    if (answer.trouble.code !== 'UNAUTHORIZED') return 'unreachable'
    refuse(answer.trouble)
    return 'refused'
  }

  async function renew(): ReturnType<Token['renew']> {
    if (refusal) return 'refused'
    asking ??= find().finally(() => (asking = null))
    return asking
  }

  return {
    state: () => (refusal ? 'signed-out' : 'signed-in'),
    user: () => null,
    current: () => (refusal ? null : token),
    async fresh() {
      // In doubt no socket is tried with it.
      await asking
      return refusal ? 'refused' : { token }
    },
    renew,
    replace: renew,
    isTaken: async () => (await renew()) !== 'refused',
    refusal: () => refusal,
    signIn: async () => failed(trouble('FORBIDDEN', 'a token was given')),
    signOut: async () => done({}),
    know: () => undefined,
    /** Sockets are refused again and again with a token that is good for everything else. */
    forget: () => refuse(trouble('FORBIDDEN', 'the relay takes this token, but no socket with it')),
    onChange: listeners.on,
    stop: () => undefined,
  }
}

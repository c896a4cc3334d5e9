// Hashing of passwords: argon2id, a few at once, and the same work for a name that does not exist.
import { Refused } from '#protocol'
import { createLine } from '../line.ts'

/** What a hash takes: KiB, and how often it goes over them. */
export type HashCost = { memoryCost: number; timeCost: number }

/** About 250 ms and 64 MiB. */
const dear: HashCost = { memoryCost: 65_536, timeCost: 2 }
const atOnce = 4
const maxWaiting = 64
const maxBytes = 256
const minPasswordChars = 8

export const crowded = () => new Refused('BUSY', 'too many people sign in at once', { retryAfterMs: 5_000 })

export type Passwords = ReturnType<typeof createPasswords>

/** `newSecret`: for a hash that no password fits. `cost`: less only where nothing is at stake. */
export function createPasswords({ newSecret, cost = dear }: { newSecret: () => string; cost?: HashCost | undefined }) {
  const line = createLine({ atOnce, maxWaiting, full: crowded })
  let dummy: Promise<string> | null = null

  /** The same password typed on another keyboard may arrive composed differently. */
  function prepare(password: string): string {
    const text = password.normalize('NFC')
    if (Buffer.byteLength(text) > maxBytes) throw new Refused('VALIDATION', `a password has at most ${maxBytes} bytes`)
    return text
  }

  const hashOf = (text: string) => Bun.password.hash(text, { algorithm: 'argon2id', ...cost })

  return {
    /** Throws VALIDATION for what is too short or too long. */
    async hash(password: string): Promise<string> {
      const text = prepare(password)
      if ([...text].length < minPasswordChars) throw new Refused('VALIDATION', `a password has at least ${minPasswordChars} characters`)
      return line.run(() => hashOf(text))
    },
    /** `hash` null: nobody of that name, or no password; costs the same and is never right. */
    async verify(password: string, hash: string | null): Promise<boolean> {
      const text = prepare(password)
      return line.run(async () => {
        dummy ??= hashOf(newSecret())
        const right = await Bun.password.verify(text, hash ?? (await dummy))
        return right && hash !== null
      })
    },
  }
}

// A hash of a password for next to nothing: nothing is at stake in a test.
import type { HashCost } from '../../relay/auth/auth.ts'

export const cheapHash: HashCost = { memoryCost: 8, timeCost: 1 }

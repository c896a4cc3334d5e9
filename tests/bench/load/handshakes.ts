// How long it takes until so many sockets are open and greeted.
import { DIALECTS, type Target } from './dialects.ts'
import type { RawSocket } from './raw-socket.ts'

export type HandshakePlan = { target: Target; count: number; atOnce: number }

export async function handshakes({ target, count, atOnce }: HandshakePlan): Promise<{ tookMs: number }> {
  const sockets: RawSocket[] = []
  const numbers = Array.from({ length: count }, (_, number) => number).values()
  const began = performance.now()
  await Promise.all(Array.from({ length: atOnce }, async () => {
    for (const number of numbers) sockets.push(await DIALECTS[target.dialect].greet(target, target.tokens[number % target.tokens.length] ?? ''))
  }))
  const tookMs = performance.now() - began
  for (const socket of sockets) socket.drop()
  return { tookMs }
}

// The id of somebody new. It tells their hue, so it is drawn until it tells the next one in turn: the first eight people of a relay have eight hues.
import { HUES_COUNT, hueOrderOf } from '#protocol'
import type { Storage } from '../storage/storage.ts'

/** One in eight fits: this many miss once in a million times, and then somebody shares a hue. */
const mostDraws = 100

export async function newUserId(storage: Pick<Storage, 'query'>, newId: () => string): Promise<string> {
  const [counted] = await storage.query<{ n: number }>('SELECT COUNT(*) AS n FROM users')
  const wanted = Number(counted?.n ?? 0) % HUES_COUNT
  let id = ''
  for (let draw = 0; draw < mostDraws; draw++) {
    id = `u-${newId()}`
    if (hueOrderOf(id) === wanted) break
  }
  return id
}

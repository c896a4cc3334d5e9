// H10: what was acknowledged is there after `kill -9`, whole, in its place, and nothing is there by halves.
import { afterEach, beforeEach, expect, test } from 'bun:test'
import { tempStorage, type TempStorage } from './temp-storage.ts'

let temp: TempStorage
beforeEach(() => void (temp = tempStorage()))
afterEach(() => temp.remove())

/** Lets the writer work until it has acknowledged `count` commits, kills it, and gives all that it acknowledged. */
async function writeAndKill(count: number): Promise<string[]> {
  const script = new URL('./writer-process.ts', import.meta.url).pathname
  const child = Bun.spawn([process.execPath, script, temp.path, '8'], { stdout: 'pipe', stderr: 'inherit' })
  const decoder = new TextDecoder()
  let text = ''
  let killed = false
  for await (const chunk of child.stdout) {
    text += decoder.decode(chunk, { stream: true })
    if (!killed && text.split('\n').length > count) {
      child.kill('SIGKILL')
      killed = true
    }
  }
  await child.exited
  // A last line that was cut by the kill is no acknowledgement.
  return text.split('\n').slice(0, -1)
}

test('every acknowledged commit survives three kills in a row', async () => {
  const acknowledged: string[] = []
  for (const count of [150, 400, 900]) {
    const more = await writeAndKill(count)
    expect(more.length).toBeGreaterThanOrEqual(count)
    acknowledged.push(...more)
  }
  const storage = await temp.open()
  expect(temp.logged).toEqual([])

  const events = await storage.query<{ channel: string; seq: number; task_seq: number | null; data: string }>('SELECT channel, seq, task_seq, data FROM events')
  const placeOf = new Map(events.map((row) => [`${row.channel} ${(JSON.parse(row.data) as { id: string }).id}`, row]))
  for (const line of acknowledged) {
    const [id, lane, seq, userSeq] = line.split(' ')
    expect(placeOf.get(`session:${lane} ${id}`)).toMatchObject({ seq: Number(seq), task_seq: Number(seq) })
    expect(placeOf.get(`user:ann ${id}`)).toMatchObject({ seq: Number(userSeq) })
  }

  // Whole batches only: as many answers and rows as pairs of events, and no hole in any numbering.
  const count = async (sql: string) => (await storage.query<{ count: number }>(sql))[0]!.count
  const batches = await count("SELECT COUNT(*) AS count FROM events WHERE channel = 'user:ann'")
  expect(batches).toBeGreaterThanOrEqual(acknowledged.length)
  expect(await count('SELECT COUNT(*) AS count FROM answers')).toBe(batches)
  expect(await count("SELECT COUNT(*) AS count FROM meta WHERE name <> 'epoch'")).toBe(batches)
  expect(events.length).toBe(batches * 2)
  const holes = await storage.query("SELECT channel FROM events GROUP BY channel HAVING MAX(seq) <> COUNT(*) OR MIN(seq) <> 1")
  expect(holes).toEqual([])
  const tops = await storage.query('SELECT channel FROM tops AS t WHERE seq <> (SELECT MAX(seq) FROM events AS e WHERE e.channel = t.channel)')
  expect(tops).toEqual([])
}, 60_000)

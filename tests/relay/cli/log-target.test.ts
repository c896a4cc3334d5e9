// Where log lines go: written together where many come at once, and never lost or out of order because of it.
import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { openLogTarget } from '../../../relay/cli/log-target.ts'

const nextTick = () => new Promise<void>((resolve) => void setImmediate(resolve))

test('the first line of a tick goes at once, the others of it in one write', async () => {
  const writes: string[] = []
  const target = openLogTarget({ path: '', isTerminal: false, elsewhere: { write: (text) => void writes.push(text), close: () => undefined } })
  for (let n = 0; n < 1_000; n++) target.write(`line ${n}`)
  expect(writes).toEqual(['line 0\n'])
  await nextTick()
  expect(writes).toHaveLength(2)
  expect(writes.join('')).toBe(Array.from({ length: 1_000 }, (_, n) => `line ${n}\n`).join(''))
  target.write('alone')
  expect(writes.at(-1)).toBe('alone\n')
  for (const last of ['waits', 'and ends']) target.write(last)
  target.close()
  expect(writes.at(-1)).toBe('waits\nand ends\n')
})

test.each(['process.exit(3)', 'throw new Error("a bug")', 'Promise.reject(new Error("a bug"))'])('no line is lost by `%s`, and what is said after them stands behind them', async (end) => {
  const script = `
    import { openLogTarget } from ${JSON.stringify(join(import.meta.dir, '../../../relay/cli/log-target.ts'))}
    const target = openLogTarget({ path: '', isTerminal: false })
    for (let n = 0; n < 50; n++) target.write('before ' + n)
    target.flush()
    console.log('said')
    for (let n = 0; n < 50; n++) target.write('after ' + n)
    ${end}`
  // One pipe for both, so that their order can be seen.
  const child = Bun.spawn(['sh', '-c', 'exec "$0" -e "$1" 2>&1', process.execPath, script], { stdout: 'pipe', stdin: 'ignore', env: {} })
  const lines = (await new Response(child.stdout).text()).split('\n').filter((line) => /^(before|after|said)/.test(line))
  expect(lines).toEqual([...Array.from({ length: 50 }, (_, n) => `before ${n}`), 'said', ...Array.from({ length: 50 }, (_, n) => `after ${n}`)])
})

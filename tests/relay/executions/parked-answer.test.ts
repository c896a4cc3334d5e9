// An answer that comes in the very moment in which its process is parked: what was kept of the process's end is not, and nobody may wait for ever.
import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Storage } from '../../../relay/storage/storage.ts'
import { createGate } from '../../../relay/demo/script.ts'
import { eventually } from '../../support/eventually.ts'
import { startExecutions } from '../../support/start-executions.ts'

/** Holds the commit that says how the call ended with its process, until the answer of people is on its way to the disk. */
function createDisk() {
  const gate = createGate()
  const holds = (batch: Parameters<Storage['commit']>[0], words: string) => JSON.stringify(batch).includes(words)
  return {
    wrap: (storage: Storage): Storage => ({
      epoch: storage.epoch,
      query: (sql, params) => storage.query(sql, params),
      commits: () => storage.commits(),
      writer: () => storage.writer(),
      close: () => storage.close(),
      async commit(batch) {
        if (holds(batch, 'permission.answer')) gate.open()
        if (holds(batch, 'tool_end') && holds(batch, 'interrupted')) await gate.opened
        return storage.commit(batch)
      },
    }),
  }
}

test('P2 the answer that comes while its process is being parked brings another one, and the same execution goes on', async () => {
  const rig = await startExecutions({ idleMs: 1_000, disk: createDisk().wrap })
  try {
    const grace = await rig.person('Grace', 'admin')
    const path = join(rig.folder, 'parked.txt')
    rig.when('write when I am back').use('Write', { file_path: path, content: 'back' }).say('never said')
    rig.when('has now allowed it').use('Write', { file_path: path, content: 'back' }).say('welcome back')
    const { session_id, execution_id } = await grace.prompt('write when I am back')
    const heard = await rig.session(session_id)
    const { request_id } = await heard.asked()
    await eventually('the process is parked', () => rig.claude.stats().processes.length === 0)
    await grace.answer({ request_id, behavior: 'allow' })
    await heard.task('completed', execution_id)
    expect((await heard.text('welcome back')).execution_id).toBe(execution_id)
    expect(readFileSync(path, 'utf8')).toBe('back')
    // It is not over, so it goes on in none.
    expect(await rig.executions.execution(grace, execution_id)).toMatchObject({ status: 'completed', continued_by: null, continues: [] })
    expect(heard.of('permission_request')).toHaveLength(1)
    expect(heard.of('task').map((each) => each.status)).toEqual(['running', 'completed'])
  } finally {
    await rig.stop()
  }
})

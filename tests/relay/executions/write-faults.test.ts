// A disk that cannot be written for a while: what Claude does is kept in order once it can, people are told, stopping still works.
import { expect, test } from 'bun:test'
import { storageRefusal } from '../../../relay/answers/answers.ts'
import { StorageError, type Storage } from '../../../relay/storage/storage.ts'
import { createGate } from '../../../relay/demo/script.ts'
import { eventually } from '../../support/eventually.ts'
import { startExecutions } from '../../support/start-executions.ts'

/** Real storage behind a switch. */
function createDisk() {
  let full = false
  let refused = 0
  return {
    fill: () => void (full = true),
    free: () => void (full = false),
    refused: () => refused,
    wrap: (storage: Storage): Storage => ({
      epoch: storage.epoch,
      query: (sql, params) => storage.query(sql, params),
      commits: () => storage.commits(),
      writer: () => storage.writer(),
      close: () => storage.close(),
      commit(batch) {
        if (!full) return storage.commit(batch)
        refused += 1
        return Promise.reject(new StorageError('full', 'no room'))
      },
    }),
  }
}

test('a full disk: prompts are refused to be tried again, Stop works, and nothing of the turn is lost or doubled', async () => {
  const disk = createDisk()
  const rig = await startExecutions({ disk: disk.wrap })
  try {
    const ada = await rig.person('Ada', 'admin')
    const gate = createGate()
    rig.when('write while it is full').hold(gate).say('word '.repeat(400), { chunkChars: 10, everyMs: 10 })
    const { session_id, execution_id } = await ada.prompt('write while it is full')
    const heard = await rig.session(session_id)
    await gate.reached
    await heard.state('running')
    disk.fill()
    gate.open()
    // The doors say it, in the same words as of anything else that the disk refuses.
    const refusal: unknown = await ada.prompt('now?', { session_id }).catch(storageRefusal)
    expect(refusal).toMatchObject({ code: 'BUSY', message: expect.stringContaining('no room'), options: { retryAfterMs: 5_000 } })
    // Deltas need no disk: people still see what is written.
    await heard.until(({ type, data }) => type === 'claude_response' && data.stream && data.offset > 100, 'words on a full disk')
    await ada.command({ session_id, command: 'interrupt', args: { execution_id } })
    await eventually('Claude stops', () => rig.api.requests.some((request) => request.abandoned))
    const before = disk.refused()
    await eventually('the disk refuses again', () => disk.refused() > before)
    disk.free()
    expect(await heard.task('interrupted')).toMatchObject({ execution_id, reason: 'person' })
    const blocks = heard.of('claude_response')
    expect(blocks).toHaveLength(1)
    expect('word '.repeat(400)).toStartWith(blocks[0]!.content)
    expect(blocks[0]!.content.length).toBeGreaterThan(100)
    const seqs = heard.frames.filter((frame) => typeof frame.seq === 'number').map((frame) => frame.seq!)
    expect(seqs).toEqual(seqs.map((_, index) => index + 1))
    const next = await ada.prompt('now it works', { session_id })
    await heard.task('completed', next.execution_id)
  } finally {
    disk.free()
    await rig.stop()
  }
})

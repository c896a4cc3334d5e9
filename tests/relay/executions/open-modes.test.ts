// Modes in which nobody is asked end where the relay does not allow them: stored ones, and those that Claude chooses.
import { afterAll, expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { startExecutions, type Rig } from '../../support/start-executions.ts'

const rigs: Rig[] = []
afterAll(() => rigs.at(-1)?.stop())

test('a stored open mode is lowered by a relay that does not allow it, is told, and Claude asks again', async () => {
  const open = await startExecutions({ allowBypass: true })
  const ada = await open.person('Ada', 'admin')
  const { session_id } = await ada.prompt('hello')
  await (await open.session(session_id)).task('completed')
  await ada.command({ session_id, command: 'set_permission_mode', args: { permission_mode: 'auto' } })
  await open.stop({ keep: true })

  const closed = await startExecutions({ after: open })
  rigs.push(closed)
  const heard = await closed.session(session_id)
  expect(await heard.until(({ type, data }) => type === 'log' && data.code === 'mode_changed' && data.args.mode === 'default', 'the lowered mode')).toMatchObject({ data: { source: 'relay', level: 'warn' } })
  expect((await closed.sessions.get(session_id))!.permissionMode).toBe('default')
  closed.when('touch one').use('Bash', { command: `touch ${join(closed.folder, 'one')}`, description: 'x' }).say('ok')
  const again = await closed.person('Ada', 'admin')
  await again.prompt('touch one', { session_id })
  expect((await heard.asked()).tool).toBe('Bash')
  expect(existsSync(join(closed.folder, 'one'))).toBe(false)
})

test('an open mode that Claude chooses by itself is taken back and told', async () => {
  const rig = rigs.at(-1)!
  const open = rig.claude.open
  const listeners: Parameters<typeof open>[1][] = []
  const modes: string[] = []
  rig.claude.open = (spec, listener) => {
    const link = open(spec, listener)
    listeners.push(listener)
    const set = link.setPermissionMode
    link.setPermissionMode = (mode) => {
      modes.push(mode)
      return set(mode)
    }
    return link
  }
  const ada = await rig.person('Ada', 'admin')
  const { session_id } = await ada.prompt('hello again')
  const heard = await rig.session(session_id)
  await heard.task('completed')
  listeners[0]!.modeChanged!('auto')
  expect(await heard.log('mode_changed')).toMatchObject({ source: 'relay', args: { mode: 'default' } })
  expect(modes).toEqual(['default'])
  expect((await rig.sessions.get(session_id))!.permissionMode).toBe('default')
  listeners[0]!.modeChanged!('acceptEdits')
  await heard.until(({ type, data }) => type === 'log' && data.args?.mode === 'acceptEdits', 'a mode that is allowed')
})

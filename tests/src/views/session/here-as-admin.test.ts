// The badge of an admin in a private session of somebody else.
import { expect, test } from 'bun:test'
import { isHereAsAdmin } from '../../../../src/views/session/here-as-admin.ts'

test('an admin is told of a private session that they are not in: who is, or was left in it when handing it over, is there by their own right', () => {
  const [admin, owner] = [{ id: 'ada', role: 'admin' }, { id: 'minji', role: 'user' }] as const
  const roster = (role: 'owner' | 'collaborator' | 'viewer') => [{ user_id: 'minji', role: 'owner' as const }, { user_id: 'ada', role }]
  const closed = { visibility: 'private' } as const
  expect([isHereAsAdmin(admin, closed, [{ user_id: 'minji' }]), isHereAsAdmin(admin, closed, roster('collaborator'))]).toEqual([true, false])
  expect([isHereAsAdmin(admin, closed, roster('owner')), isHereAsAdmin(owner, closed, roster('collaborator'))]).toEqual([false, false])
  expect([isHereAsAdmin(admin, { visibility: 'workspace' }, roster('viewer')), isHereAsAdmin(admin, null, []), isHereAsAdmin(null, closed, [])]).toEqual([false, false, false])
})

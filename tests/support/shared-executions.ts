// One rig and its people for all tests of a file; it ends with the last of them.
import { afterAll } from 'bun:test'
import { startExecutions } from './start-executions.ts'

/** Ada is an admin, Grace a user. Await it at the top of the file. */
export async function sharedExecutions() {
  const rig = await startExecutions()
  afterAll(() => rig.stop())
  return { rig, ada: await rig.person('Ada', 'admin'), grace: await rig.person('Grace') }
}

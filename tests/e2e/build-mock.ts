// The page without a relay, built once for all test files that want it, before the first of them.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'vite'

/** The name of the variable by which the folder comes to the tests. */
export const MOCK_FOLDER = 'ENSEMBLE_MOCK_FOLDER'

export default async function buildMock() {
  const folder = await mkdtemp(join(tmpdir(), 'ensemble-mock-'))
  await build({ mode: 'mock', logLevel: 'error', build: { outDir: folder } })
  process.env[MOCK_FOLDER] = folder
  return () => rm(folder, { recursive: true, force: true })
}

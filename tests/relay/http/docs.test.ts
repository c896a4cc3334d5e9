// What the page of the API's description is made of: read once and kept compressed, but never a read that failed.
import { expect, test } from 'bun:test'
import { docsRoutes } from '../../../relay/http/docs.ts'

test('one read that failed does not stay', async () => {
  let reads = 0
  const read = async () => {
    if (++reads === 1) throw new Error('too many open files')
    return Buffer.from('the viewer')
  }
  const route = docsRoutes({ version: '1' }, () => [], { 'viewer.js': { type: 'text/javascript', read } }).find(({ path }) => path.endsWith(':file'))!
  const call = async () => (await route.handle({ params: { file: 'viewer.js' }, request: new Request('http://relay', { headers: { 'accept-encoding': 'gzip' } }) } as never)) as Response
  expect(await call().catch((problem: Error) => problem.message)).toBe('too many open files')
  for (let i = 0; i < 2; i++) expect(Buffer.from(Bun.gunzipSync(await (await call()).bytes())).toString()).toBe('the viewer')
  expect(reads).toBe(2)
})

// The description of the API, and a page to read it: a viewer from this relay itself, so it works without any other server.
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { Refused } from '#protocol'
import * as z from 'zod/mini'
import { contentPolicy } from './content-policy.ts'
import { PAGE, SCRIPT, STYLE } from './docs-page.ts'
import { openApi } from './openapi.ts'
import { route, type Route } from './route.ts'

const compressed = promisify(gzip)
const viewer = (name: string) => Bun.file(join(dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json')), name)).bytes()
const source = (...path: string[]) => Bun.file(join(import.meta.dir, '..', '..', 'src', ...path)).bytes()

type File = { type: string; read(): Promise<Uint8Array<ArrayBuffer>> | string }
const FILES: Readonly<Record<string, File>> = {
  'viewer.js': { type: 'text/javascript', read: () => viewer('swagger-ui-bundle.js') },
  'viewer.css': { type: 'text/css', read: () => viewer('swagger-ui.css') },
  'page.js': { type: 'text/javascript', read: () => SCRIPT },
  'page.css': { type: 'text/css', read: () => STYLE },
  'tokens.css': { type: 'text/css', read: () => source('styles', 'tokens.css') },
  'protocol.md': { type: 'text/plain', read: () => source('protocol', 'PROTOCOL.md') },
}

export type DocsServices = { version: string }

/** `all`: the whole table, for its description; `files`: what the page is made of. */
export function docsRoutes({ version }: DocsServices, all: () => readonly Route[], files: Readonly<Record<string, File>> = FILES): Route[] {
  let description: object | null = null
  // The viewer is large: compressed once, off the event loop, when somebody first looks.
  const ready = new Map<string, Promise<Uint8Array<ArrayBuffer>>>()
  const small = (name: string, file: File) => {
    const known = ready.get(name)
    if (known) return known
    const reading = Promise.resolve(file.read()).then((content) => compressed(content))
    ready.set(name, reading)
    // One read that failed is not remembered: the next one may go well.
    reading.catch(() => ready.delete(name))
    return reading
  }

  return [
    route({
      method: 'GET',
      path: '/api/v1/openapi.json',
      access: 'open',
      summary: 'This description.',
      answer: z.looseObject({ openapi: z.string() }),
      about: { operationId: 'getDescription' },
      handle: () => (description ??= openApi(all(), version)),
    }),
    route({
      method: 'GET',
      path: '/api/v1/docs',
      access: 'open',
      summary: 'This description as a page.',
      about: { operationId: 'getDocs', content: ['text/html'] },
      // A page of ours, which runs a script: the policy of the web app, where an answer of the API may load nothing.
      handle: ({ origin }) => new Response(PAGE, { headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': contentPolicy(origin), 'cache-control': 'no-cache' } }),
    }),
    route({
      method: 'GET',
      path: '/api/v1/docs/:file',
      access: 'open',
      summary: 'What the page is made of, and `protocol.md`, the rules of the wire.',
      about: { operationId: 'getDocsFile', content: ['text/javascript', 'text/css', 'text/plain'] },
      async handle({ params, request }) {
        const file = Object.hasOwn(files, params.file) ? files[params.file] : undefined
        if (!file) throw new Refused('NOT_FOUND', 'not found')
        const headers = { 'content-type': `${file.type}; charset=utf-8`, 'cache-control': 'public, max-age=3600', vary: 'accept-encoding' }
        if (!/\bgzip\b/.test(request.headers.get('accept-encoding') ?? '')) return new Response(await file.read(), { headers })
        return new Response(await small(params.file, file), { headers: { ...headers, 'content-encoding': 'gzip' } })
      },
    }),
  ]
}

// Serves the built web app: only files that are in the build, compressed copies where the browser takes them.
import { readdirSync, statSync } from 'node:fs'
import { extname, join, relative, sep } from 'node:path'
import { Refused } from '#protocol'
import { contentPolicy } from './content-policy.ts'

const TYPES: Record<string, string> = {
  '.bcmap': 'application/octet-stream',
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.pfb': 'application/octet-stream',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.ttf': 'font/ttf',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
}
/** Vite puts a hash of the content into these names, so that they never change. */
const hashedName = /^\/assets\/.*-[\w-]{8,}\.\w+$/
/** Hashes what people send. Under the policy of all other answers (`sandbox`) it would be of no origin, and the browser keeps its own hash from those. It reads what the page gives it, and fetches nothing. */
const hashingWorker = /^\/assets\/digest\.worker-[\w-]{8,}\.js$/
const workerPolicy = "default-src 'none'; frame-ancestors 'none'"
const ENCODINGS = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const

type File = { path: string; etag: string; encodings: Partial<Record<'br' | 'gzip', string>> }

function readBuild(folder: string): Map<string, File> {
  const files = new Map<string, File>()
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const paths = entries.map((entry) => join(entry.parentPath, entry.name))
  const present = new Set(paths)
  for (const path of paths) {
    if (!TYPES[extname(path)]) continue
    const { size, mtimeMs } = statSync(path)
    const compressed = ENCODINGS.filter(([, suffix]) => present.has(path + suffix)).map(([name, suffix]) => [name, path + suffix])
    files.set(`/${relative(folder, path).split(sep).join('/')}`, {
      path,
      etag: `"${size.toString(36)}-${Math.floor(mtimeMs).toString(36)}"`,
      encodings: Object.fromEntries(compressed) as File['encodings'],
    })
  }
  return files
}

/** The encodings a browser takes; one with q=0 it does not. */
const taken = (header: string | null): Set<string> =>
  new Set((header ?? '').toLowerCase().split(',').filter((part) => !/;\s*q=0(\.0*)?\s*$/.test(part)).map((part) => part.split(';')[0]!.trim()))

export type WebApp = ReturnType<typeof createWebApp>

/** `folder` may be built, rebuilt or missing while the relay runs. */
export function createWebApp({ folder }: { folder: string }) {
  let files = new Map<string, File>()
  let builtAt = -1

  function lookAgain(): void {
    const at = statSync(join(folder, 'index.html'), { throwIfNoEntry: false })?.mtimeMs ?? -1
    if (at === builtAt) return
    files = at === -1 ? new Map() : readBuild(folder)
    builtAt = at
  }

  function send(request: Request, name: string, file: File, origin: string): Response {
    const page = name === '/index.html'
    const headers: Record<string, string> = {
      'content-type': TYPES[extname(name)]!,
      'cache-control': hashedName.test(name) ? 'public, max-age=31536000, immutable' : 'no-cache',
      etag: file.etag,
      vary: 'Accept-Encoding',
      ...(page ? { 'content-security-policy': contentPolicy(origin) } : hashingWorker.test(name) ? { 'content-security-policy': workerPolicy } : {}),
    }
    if (request.headers.get('if-none-match')?.split(/\s*,\s*/).includes(file.etag)) return new Response(null, { status: 304, headers })
    const accepts = taken(request.headers.get('accept-encoding'))
    const encoding = ENCODINGS.map(([name]) => name).find((name) => accepts.has(name) && file.encodings[name])
    if (encoding) headers['content-encoding'] = encoding
    return new Response(Bun.file(encoding ? file.encodings[encoding]! : file.path), { headers })
  }

  return {
    /** A file of the build, or the page itself for a navigation to one of its own addresses. */
    serve(request: Request, pathname: string, origin: string): Response {
      if (request.method !== 'GET' && request.method !== 'HEAD') throw new Refused('METHOD_NOT_ALLOWED', 'allowed here: GET, HEAD', { details: { allow: ['GET', 'HEAD'] } })
      lookAgain()
      const name = pathname === '/' ? '/index.html' : pathname
      const file = files.get(name)
      if (file) return send(request, name, file, origin)
      const page = files.get('/index.html')
      // `//host/path` is an address of this page that a router would turn into one of another site.
      const navigation = (request.headers.get('accept') ?? '').includes('text/html') && !pathname.includes('//') && !pathname.startsWith('/assets/')
      if (navigation && page) return send(request, '/index.html', page, origin)
      if (navigation) throw new Refused('NOT_FOUND', 'the web app is not built: run npm run build in the folder of Ensemble')
      throw new Refused('NOT_FOUND', 'not found')
    },
  }
}

// How the browser's half is served while one works on it, and built: chunks, compressed copies, the policy it must live under.
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import vue from '@vitejs/plugin-vue'
import type { Connect, Plugin, ProxyOptions, Rolldown } from 'vite'
import { defineConfig } from 'vite'
import { contentPolicy } from './relay/http/content-policy.ts'

const relay = process.env['ENSEMBLE_RELAY'] ?? 'http://127.0.0.1:8765'

const compressible = new Set(['.js', '.css', '.html', '.svg', '.json', '.webmanifest', '.map', '.txt'])
const brotli = promisify(brotliCompress)
const gz = promisify(gzip)

/** Writes .br and .gz beside each built text file, so that the relay only has to pick one. */
function precompress(): Plugin {
  let folder = 'dist'
  return {
    name: 'precompress',
    // Nobody picks one of the page without a relay: it is served as it is.
    apply: (_, { command, mode }) => command === 'build' && mode !== 'mock',
    configResolved(config) {
      folder = config.build.outDir
    },
    // Of what is only made and not written there is nothing to compress.
    writeBundle: {
      order: 'post',
      sequential: true,
      async handler() {
        const entries = await readdir(folder, { recursive: true, withFileTypes: true })
        for (const entry of entries) {
          if (!entry.isFile() || !compressible.has(extname(entry.name))) continue
          const path = join(entry.parentPath ?? entry.path, entry.name)
          const text = await readFile(path)
          if (text.length < 1024) continue
          const small = await brotli(text, {
            params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: text.length },
          })
          await Promise.all([writeFile(`${path}.br`, small), writeFile(`${path}.gz`, await gz(text, { level: 9 }))])
        }
      },
    },
  }
}

/** Serves under the relay's own policy, so that a breach shows while one works and not after. */
function underThePolicy(): Plugin {
  const use = ({ middlewares }: { middlewares: Connect.Server }) => {
    middlewares.use((request, response, next) => {
      response.setHeader('Content-Security-Policy', contentPolicy(`http://${request.headers.host}`))
      next()
    })
  }
  return { name: 'under-the-policy', configureServer: use, configurePreviewServer: use }
}

const main = join(import.meta.dirname, 'src/main.ts')
const laterBodies = /[\\/]src[\\/]protocol[\\/]rest-[\w-]+\.ts$/

/**
 * Puts what comes with the page (all that main.ts imports without asking for it later) into one file: in sixty small ones
 * it would be an eighth larger, because each is compressed for itself. main.ts stays outside: it awaits parts that import
 * from this file, which must have run by then.
 */
function createFirstLoad() {
  let first: Set<string> | null = null
  return (id: string, chunking: Rolldown.ChunkingContext): string | null => {
    first ??= withImports(main, (each) => chunking.getModuleInfo(each)?.importedIds ?? [])
    // Bodies of parts that come later stand in the contract, which the page has; they go with the parts that read them.
    return id !== main && first.has(id) && !laterBodies.test(id) ? 'chat' : null
  }
}

function withImports(root: string, importsOf: (id: string) => readonly string[]): Set<string> {
  const found = new Set<string>()
  const todo = [root]
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    if (found.has(next)) continue
    found.add(next)
    todo.push(...importsOf(next))
  }
  return found
}

/**
 * Imports each icon from its own file instead of from the list of all: a third of the modules, and an icon that only a part
 * fetched later shows comes with that part.
 */
function iconsFromTheirFiles(): Plugin {
  const files = new Map<string, string>()
  return {
    name: 'icons-from-their-files',
    apply: 'build',
    async buildStart() {
      const list = await readFile(join(import.meta.dirname, 'node_modules/@lucide/vue/dist/esm/lucide-vue.mjs'), 'utf8')
      for (const [, names = '', file = ''] of list.matchAll(/^export \{([^}]+)\} from '\.\/(icons\/[\w-]+\.mjs)'/gm)) {
        for (const [, name = ''] of names.matchAll(/default as (\w+)/g)) files.set(name, file)
      }
    },
    transform(code) {
      if (!code.includes("'@lucide/vue'") && !code.includes('"@lucide/vue"')) return null
      return code.replace(/import \{([^}]+)\} from ['"]@lucide\/vue['"];?/g, (whole, names: string) => {
        const wanted = names.split(',').map((each) => each.trim()).filter((each) => each !== '')
        const lines = wanted.map((each) => {
          const [name = '', local = name] = each.split(/\s+as\s+/)
          return files.has(name) ? `import ${local} from '@lucide/vue/dist/esm/${files.get(name)}'` : null
        })
        return lines.includes(null) ? whole : lines.join(';')
      })
    },
  }
}

/** Where the page's questions go; without a relay nowhere, so that one that nobody answers is noticed. */
const proxyOf = (mode: string): Record<string, ProxyOptions> =>
  mode === 'mock' ? {} : { '/api': { target: relay }, '/healthz': { target: relay }, '/ws': { target: relay, ws: true } }

/** The worker script of the page without a relay; loaded only there, because what is shipped does without its package. */
const mocked = async () => [(await import('msw/vite')).msw({ mode: 'worker-only' }), ownFilesPastTheWorker()]

/** A page asks the worker about each of its requests, and the worker asks the page: for the hundred files of the page itself that cost more than all else. */
function ownFilesPastTheWorker(): Plugin {
  const past = "addEventListener('install', (event) => event.addRoutes?.({ condition: { urlPattern: { pathname: '/assets/*' } }, source: 'network' }))\n"
  return {
    name: 'own-files-past-the-worker',
    apply: 'build',
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        const worker = bundle['mockServiceWorker.js']
        if (worker?.type === 'asset') worker.source = `${past}${String(worker.source)}`
      },
    },
  }
}

export default defineConfig(async ({ mode }) => ({
  plugins: [vue(), iconsFromTheirFiles(), underThePolicy(), precompress(), ...(mode === 'mock' ? await mocked() : [])],
  define: {
    __VUE_OPTIONS_API__: 'false',
    __VUE_PROD_DEVTOOLS__: 'false',
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
    __VUE_I18N_FULL_INSTALL__: 'false',
    __VUE_I18N_LEGACY_API__: 'false',
    __INTLIFY_PROD_DEVTOOLS__: 'false',
    // Sentences are compiled by src/i18n/compile-words.ts, which knows no more than they need.
    __INTLIFY_DROP_MESSAGE_COMPILER__: 'true',
  },
  build: {
    // The first versions with light-dark(); older targets would have it rewritten.
    target: ['chrome125', 'edge125', 'firefox128', 'safari17.5'],
    // A data: font would break the policy.
    assetsInlineLimit: 0,
    // Read by .size-limit.mjs.
    manifest: true,
    sourcemap: false,
    reportCompressedSize: false,
    rolldownOptions: {
      // A schema that nobody reads here (what a browser says is read by the relay) is not shipped: making one does nothing else.
      treeshake: { moduleSideEffects: [{ test: /[\\/]src[\\/]protocol[\\/]/, sideEffects: false }] },
      output: {
        codeSplitting: {
          // The groups name all that they hold: what they leave out must not come along as something that it needs.
          includeDependenciesRecursively: false,
          groups: [
            // What every screen needs and seldom changes, kept apart so that a new version of ours does not fetch it again.
            { name: 'vue', test: /node_modules[\\/](?:@vue|vue|vue-router|pinia)[\\/]/ },
            { name: 'i18n', test: /node_modules[\\/](?:vue-i18n|@intlify)[\\/]/ },
            // The contract is one module graph; of its bodies, those of later parts come with what asks for them.
            { name: 'bodies', test: /[\\/]src[\\/]protocol[\\/]rest-[\w-]+\.ts$/, priority: 1, includeDependenciesRecursively: false },
            { name: createFirstLoad(), debugName: 'chat' },
          ],
        },
      },
    },
  },
  server: { proxy: proxyOf(mode) },
  preview: { proxy: proxyOf(mode) },
}))

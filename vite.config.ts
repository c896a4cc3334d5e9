// How the browser's half is served while one works on it, and built: chunks, compressed copies, the policy it must live under.
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import vue from '@vitejs/plugin-vue'
import type { Connect, Plugin, ProxyOptions } from 'vite'
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
    apply: 'build',
    configResolved(config) {
      folder = config.build.outDir
    },
    closeBundle: {
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

/** Where the page's questions go; without a relay nowhere, so that one that nobody answers is noticed. */
const proxyOf = (mode: string): Record<string, ProxyOptions> =>
  mode === 'mock' ? {} : { '/api': { target: relay }, '/healthz': { target: relay }, '/ws': { target: relay, ws: true } }

/** The worker script of the page without a relay; loaded only there, because what is shipped does without its package. */
const mocked = async () => (await import('msw/vite')).msw({ mode: 'worker-only' })

export default defineConfig(async ({ mode }) => ({
  plugins: [vue(), underThePolicy(), precompress(), ...(mode === 'mock' ? [await mocked()] : [])],
  define: {
    __VUE_OPTIONS_API__: 'false',
    __VUE_PROD_DEVTOOLS__: 'false',
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
    __VUE_I18N_FULL_INSTALL__: 'false',
    __VUE_I18N_LEGACY_API__: 'false',
    __INTLIFY_PROD_DEVTOOLS__: 'false',
  },
  build: {
    // The first versions with light-dark(); older targets would have it rewritten.
    target: ['chrome125', 'edge125', 'firefox128', 'safari17.5'],
    // A data: font would break the policy.
    assetsInlineLimit: 0,
    sourcemap: false,
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            // What every screen needs and seldom changes, kept apart so that a new version of ours does not fetch it again.
            { name: 'vue', test: /node_modules[\\/](?:@vue|vue|vue-router|pinia)[\\/]/ },
            { name: 'i18n', test: /node_modules[\\/](?:vue-i18n|@intlify)[\\/]/ },
          ],
        },
      },
    },
  },
  server: { proxy: proxyOf(mode) },
  preview: { proxy: proxyOf(mode) },
}))

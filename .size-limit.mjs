// What the chat may weigh at its first load, gzip: all that stands in front of the first paint of a session. Run by the tests after the build.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const dist = join(import.meta.dirname, 'dist')
const manifest = JSON.parse(readFileSync(join(dist, '.vite', 'manifest.json'), 'utf8'))

/** The page, the screen of a session with its conversation (should they ever come apart from it), and one language. */
const roots = (language) => ['index.html', 'src/views/session/SessionView.vue', 'src/views/timeline/SessionTimeline.vue', `src/i18n/${language}/index.ts`].filter((name) => manifest[name])

function withImports(names, found = new Set()) {
  for (const name of names) {
    if (found.has(name)) continue
    found.add(name)
    withImports(manifest[name].imports ?? [], found)
  }
  return found
}

const chunks = (language) => [...withImports(roots(language))].map((name) => manifest[name])
const paths = (files) => [...new Set(files)].map((file) => join('dist', file)).filter((path) => existsSync(path))

export default [
  ...['en', 'ko'].map((language) => ({
    name: `scripts of the first load (${language})`,
    path: paths(['before-paint.js', ...chunks(language).map((chunk) => chunk.file)]),
    limit: '160 KiB',
    gzip: true,
  })),
  { name: 'styles of the first load', path: paths(chunks('en').flatMap((chunk) => chunk.css ?? [])), limit: '25 KiB', gzip: true },
]

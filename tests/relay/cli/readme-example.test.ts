// The example for scripts in the README, as it stands there: against a relay as people start it, and against the demo.
import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { relayHome, type RelayHome } from '../../support/start-relay.ts'

const root = join(import.meta.dir, '..', '..', '..')
const readme = await Bun.file(join(root, 'README.md')).text()
const example = /```sh\n(TOKEN=[^`]*`ws:[^`]*`[^`]*)```/.exec(readme)![1]!

const environment = (home: RelayHome) => ({
  ...{ PATH: process.env['PATH']!, HOME: home.claudeHome, ENSEMBLE_DATA: home.data, CI: 'true', CLAUDE_PREWARM: '0' },
  ...{ ANTHROPIC_BASE_URL: 'http://127.0.0.1:9', ANTHROPIC_API_KEY: 'sk-test-fake', npm_config_offline: 'true' },
})

/** Reads until the text is there. What is printed afterwards is read as well, so that nobody waits to be read. */
async function until(stream: ReadableStream<Uint8Array>, text: RegExp): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  void (async () => {
    let printed = ''
    for await (const chunk of stream) {
      printed += Buffer.from(chunk).toString()
      const [found] = text.exec(printed) ?? []
      if (found) resolve(found)
    }
    reject(new Error(`never printed ${text}:\n${printed}`))
  })()
  return promise
}

test.concurrent.each([[[]], [['demo']]])('runs against ensemble %p', async (command) => {
  const home = relayHome()
  const env = environment(home)
  const relay = Bun.spawn(['node', join(root, 'relay/cli/ensemble.mjs'), ...command, '--no-build', '--port', '0'], { cwd: home.workspace, env, stdin: 'ignore', stdout: 'pipe', stderr: 'ignore' })
  try {
    const link = await until(relay.stdout, /http:\S+#code=/)
    // Another port, because 8765 may be somebody's; nothing else is changed.
    const script = example.replace('127.0.0.1:8765', new URL(link).host)
    expect(script).not.toBe(example)
    // In a group of its own: the shell and everything it started end together.
    const shell = Bun.spawn(['sh', '-c', script], { cwd: root, env, stdin: 'ignore', stdout: 'pipe', stderr: 'pipe', detached: true })
    const complaint = new Response(shell.stderr).text()
    try {
      const answer = await until(shell.stdout, /.*"type":"success".*/)
      expect(JSON.parse(answer)).toMatchObject({ id: '1', data: { queue_position: 0 } })
    } finally {
      process.kill(-shell.pid, 'SIGKILL')
    }
    expect(await complaint).toContain(command.length > 0 ? 'Of the demo, which is running.\nAdded me (user).' : 'Added me (user).')
  } finally {
    relay.kill('SIGTERM')
    await relay.exited
    home.remove()
  }
}, 60_000)

// `ensemble demo`: the real relay and the real CLI, but the model is a script on loopback and the code a small sample.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../clock.ts'
import type { Config } from '../config.ts'
import { createDemoScript } from '../demo/demo-script.ts'
import { prepareSampleWorkspace } from '../demo/sample-workspace.ts'
import { createScriptedMessagesApi } from '../demo/scripted-messages-api.ts'
import type { PreparedDemo } from '../main.ts'

/** What Claude is told instead of the person's own settings: nothing of it may leave the machine or use their account. */
export const demoEnvironment = (apiUrl: string, home: string): Record<string, string> => ({
  ANTHROPIC_BASE_URL: apiUrl,
  ANTHROPIC_API_KEY: 'sk-ant-demo',
  ANTHROPIC_AUTH_TOKEN: '',
  CLAUDE_CODE_OAUTH_TOKEN: '',
  CLAUDE_CODE_USE_BEDROCK: '0',
  CLAUDE_CODE_USE_VERTEX: '0',
  CLAUDE_CODE_USE_FOUNDRY: '0',
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  DISABLE_AUTOUPDATER: '1',
  // A proxy of the person's would be asked for loopback as well.
  NO_PROXY: '127.0.0.1,localhost',
  no_proxy: '127.0.0.1,localhost',
  HOME: home,
})

export async function prepareDemo(config: Config): Promise<PreparedDemo> {
  // Beside the data, not in it: a sandbox hides the data from Claude.
  const [folder, home] = [join(config.ensembleData, '..', 'harbor-api'), join(config.ensembleData, '..', 'home')]
  mkdirSync(home, { recursive: true, mode: 0o700 })
  await prepareSampleWorkspace(folder)
  const api = createScriptedMessagesApi({ script: createDemoScript(folder), mark: systemClock.now().toString(36) })
  return { config: { ...config, folder, ensembleRoots: [folder], claudeOverrides: demoEnvironment(api.url, home) }, stop: api.stop }
}

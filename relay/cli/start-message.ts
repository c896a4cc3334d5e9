// What people read in the terminal once the relay is up.
import { renderUnicodeCompact } from 'uqr'
import { isLoopback } from '../unsafe-settings.ts'

export type StartFacts = {
  folder: string
  /** Where this machine's own browser finds the relay, with a code in the fragment; null when it does not listen there. */
  localLink: string | null
  /** For other devices; null while no address is known under which they could come. */
  deviceLink: string | null
  opened: boolean
  demo: boolean
  claude: { found: boolean; credentials: string }
  logPath: string | null
}

function claudeText({ demo, claude }: StartFacts): string[] {
  if (demo) return ['The model is a script on this machine: nothing is asked of Anthropic.', '']
  if (!claude.found) return ['The Claude CLI was not found. Set CLAUDE_BIN to it, or run npm ci in the folder of Ensemble.', '']
  if (claude.credentials !== 'none') return []
  return [
    'Claude has no key and no login on this machine: a prompt fails until it has. In the folder of Ensemble do one of these:',
    '  npm run login      sign in with your Claude account, then send a prompt',
    '  ANTHROPIC_API_KEY  set it and start Ensemble again',
    '  npm run demo       see how it works without either',
    '',
  ]
}

export function startMessage(facts: StartFacts): string {
  const lines = ['', `Ensemble in ${facts.folder}`, '']
  if (facts.localLink) {
    if (facts.opened) lines.push('Your browser opens. If it does not:')
    lines.push(`  ${facts.localLink}`, '  Signs you in on this machine, once, within 15 minutes.', '')
  }
  if (facts.deviceLink) {
    // No other device could follow a picture of a loopback address.
    const picture = isLoopback(new URL(facts.deviceLink).hostname) ? [] : [renderUnicodeCompact(facts.deviceLink), '']
    lines.push('On a phone or another computer:', '', ...picture, `  ${facts.deviceLink}`, '  Signs you in there, once, within 15 minutes.', '')
  }
  lines.push(...claudeText(facts))
  if (facts.logPath) lines.push(`Log: ${facts.logPath}`)
  lines.push('Stop with Ctrl+C.', '')
  return lines.join('\n')
}

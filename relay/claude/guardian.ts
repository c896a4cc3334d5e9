// A small shell that outlives the relay by a moment: when the relay's end of its pipe closes, it ends every Claude process there is.
import { spawn, type ChildProcess } from 'node:child_process'
import type { Log } from '../observability/log.ts'
import { MARK } from './process-marks.ts'

export type Guardian = ReturnType<typeof createGuardian>

/**
 * Reads "+ group" and "- group"; at the end of its input it kills the groups, then whoever carries the mark: tools run in groups of
 * their own. Nothing that reaches the relay's own process group may end it earlier.
 */
const SCRIPT = `
trap '' HUP INT TERM
groups=' '
while read -r sign group; do
  case $sign in
    +) groups="$groups$group " ;;
    -) groups="\${groups%% $group *} \${groups#* $group }" ;;
  esac
done
for group in $groups; do kill -9 "-$group"; done
round=0
while [ $round -lt 25 ]; do
  if [ -d /proc/self ]; then
    found=$(grep -ls "${MARK}=$1" /proc/[0-9]*/environ | cut -d/ -f3)
  else
    found=$(ps -axww -E -o pid=,command= | grep "${MARK}=$1" | grep -v grep | awk '{print $1}')
  fi
  if [ -n "$found" ]; then kill -9 $found; clean=0; else clean=$((clean + 1)); fi
  if [ "$clean" -ge 2 ]; then break; fi
  round=$((round + 1))
  sleep 0.1
done
`

/** `mark` is the prefix of the marks of all processes of this relay. The guardian itself does not carry it. */
export function createGuardian(mark: string, log: Log) {
  const groups = new Set<number>()
  let child: ChildProcess | null = null
  let stopped = false

  function start(): ChildProcess {
    const started = spawn('/bin/sh', ['-c', SCRIPT, 'ensemble-guardian', mark], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      env: { PATH: '/usr/bin:/bin:/usr/sbin:/sbin' },
    })
    started.on('error', (error) => log.error('claude.guardian_failed', { error }))
    started.stdin?.on('error', () => {})
    started.once('exit', () => {
      if (child === started) child = null
      if (stopped) return
      log.warn('claude.guardian_gone', {})
      if (groups.size > 0) ensure()
    })
    started.unref()
    for (const group of groups) started.stdin?.write(`+ ${group}\n`)
    return started
  }

  function ensure(): ChildProcess {
    child ??= start()
    return child
  }

  return {
    /** From now on this process group dies with the relay. */
    watch(group: number): void {
      const fresh = child === null
      groups.add(group)
      const guardian = ensure()
      if (!fresh) guardian.stdin?.write(`+ ${group}\n`)
    },
    forget(group: number): void {
      if (groups.delete(group)) child?.stdin?.write(`- ${group}\n`)
    },
    pid: (): number | null => child?.pid ?? null,
    /** Lets it end whatever is left, and go. */
    stop(): void {
      stopped = true
      child?.stdin?.end()
    },
  }
}

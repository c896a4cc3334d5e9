// Takes a command's own flags and words out of its arguments; what is left are settings.
import { settingOf, standsAlone } from '../config.ts'
import { Misused } from './called-with.ts'

type Taken = { flags: Record<string, string>; switches: Set<string>; words: string[]; rest: string[] }

/** `withValue` and `switches` are names without dashes. Settings go on to `rest` together with their values. */
export function takeFlags(argv: readonly string[], withValue: readonly string[], switches: readonly string[]): Taken {
  const taken: Taken = { flags: {}, switches: new Set(), words: [], rest: [] }
  for (let i = 0; i < argv.length; i++) {
    const argument = argv[i]!
    if (!argument.startsWith('-')) {
      taken.words.push(argument)
      continue
    }
    const [flag, inline] = argument.split(/=(.*)/s) as [string, string | undefined]
    const name = flag.slice(2)
    if (switches.includes(name)) taken.switches.add(name)
    else if (withValue.includes(name)) {
      const value = inline ?? argv[++i]
      if (value === undefined) throw new Misused(`${flag} needs a value.`)
      taken.flags[name] = value
    } else {
      const setting = settingOf(flag)
      if (!setting) throw new Misused(`${flag} is unknown. See ensemble --help.`)
      taken.rest.push(argument)
      if (inline === undefined && i + 1 < argv.length && !standsAlone(setting, argv[i + 1])) taken.rest.push(argv[++i]!)
    }
  }
  return taken
}

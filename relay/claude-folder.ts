// Where the CLI keeps what is a person's own: settings, login, transcripts.
import { homedir } from 'node:os'
import { join } from 'node:path'

/** For Claude in this environment. An empty variable counts as none. */
export const claudeFolderOf = ({ CLAUDE_CONFIG_DIR, HOME }: Readonly<Record<string, string | undefined>>): string => CLAUDE_CONFIG_DIR || join(HOME || homedir(), '.claude')

// What fields and parameters mean that mean the same wherever they stand. Where one means something else, or more can be said, that stands with its schema.
import type { Fields } from './fields.ts'

export const SHARED: Fields = {
  // Who and what.
  session_id: 'The session: a shared conversation with Claude. Many executions may be of one.',
  workspace_id: 'The workspace: the folder in which Claude works.',
  execution_id: 'The execution: one prompt being answered, from its wait in the queue to its end.',
  message_id: 'What was said: of a prompt the same from the queue on; of Claude’s answer one block of it.',
  user_id: 'The user whose doing it was. Absent or null: nobody’s that is known.',
  username: 'What they are called, as of then.',
  role: 'What they may do: on the relay `admin`, `user` or `viewer`; in a session `owner`, `collaborator` or `viewer`.',
  file_id: 'The file, for `files/{id}` and for prompts.',
  filename: 'Its name, made safe: one line, no folder.',
  folder: 'The folder it lay in when a whole folder was brought: a relative path with `/` between its parts. Absent: none.',
  content_type: 'What its sender said that it is; a hint, and may be empty.',
  size: 'Bytes.',
  tool: 'The name of the tool, such as `Bash` or `Read`.',
  tool_use_id: 'The call of a tool: the same from its beginning through questions about it to its end.',
  parent_tool_use_id: 'The call of a tool in which a subagent of Claude’s did this. Absent: Claude itself.',
  trace_id: 'Finds the request, and all that came of it, in the relay’s log.',
  // When: milliseconds since 1970.
  created_at: 'When it was made, in milliseconds since 1970.',
  updated_at: 'When it last changed, in milliseconds since 1970.',
  expires_at: 'When it ends by itself, in milliseconds since 1970.',
  timestamp: 'When, in milliseconds since 1970.',
  // Lists that come in pages.
  limit: 'At most so many rows. Without it, a usual number; a page may hold fewer.',
  cursor: 'The `next` of the page before; without it the first page. Opaque.',
  next: 'The `cursor` of the next page; null: this was the last one.',
  total: 'How many there are on all pages.',
  // The log.
  epoch: 'Names the log that the relay keeps. It survives restarts and changes only when the log is restored or begun anew: a `seq` counts only together with it.',
  channel: 'Where it was told: `session:<id>`, `task:<execution id>`, `user:<id>`, `workspace:<id>`, `system` or `broadcast`.',
  // A session and how Claude works in it.
  model: 'The model, by its name or by an alias such as `opus`. Absent: Claude’s usual one.',
  permission_mode: 'What Claude does without asking. `default`: asks before most things that change something; `plan`: only plans; `acceptEdits`: edits files unasked; `dontAsk`: refuses itself what would have to be asked; `auto`: decides by itself; `bypassPermissions`: asks nobody. The last three only owners set, where the relay allows them.',
  visibility: '`workspace`: whoever may see the workspace finds it; `private`: only those who are in it.',
  archived: 'It is off the usual lists.',
  trusted: 'Somebody has trusted the folder: its hooks, MCP servers and CLAUDE.md count.',
  metadata: 'What was sent along with `execute`, as it was; null: nothing.',
  // What it used and cost.
  input_tokens: 'Tokens that Claude was given, those of the cache left out.',
  output_tokens: 'Tokens that Claude wrote.',
  cache_read_tokens: 'Tokens that were read from the cache of prompts.',
  cache_write_tokens: 'Tokens that were written into the cache of prompts.',
  cost_usd: 'In US dollars, as Claude tells it; a fraction.',
  cost_micros: 'In whole millionths of a US dollar: 1,000,000 is one dollar.',
  estimated_micros: 'So much of `cost_micros` is by a table of list prices and not by Claude’s own word.',
  unpriced_tokens: 'Tokens of models whose price nobody knows: they are in no cost.',
  turns: 'How many turns ended.',
  // Money and days.
  limit_micros: 'What a day may cost, in millionths of a US dollar; null: nobody is stopped.',
  warn_percent: 'From which share of the limit on people are warned.',
  spent_micros: 'What turns that ended today have cost, in millionths of a US dollar.',
  resets_at: 'When the day of budgets ends and the next one begins, in milliseconds since 1970.',
  day: 'A day, as `2026-11-08`.',
  tz: 'The time zone in which days begin, such as `Asia/Seoul`.',
}

// What the schemas of usage and budgets mean. Money is in whole millionths of a US dollar.
import type { Meanings } from './fields.ts'

const asked = {
  from: 'The first day, as `2026-11-08`, in the time zone `tz`. Without it so that there are 14 days.',
  to: 'The last day, it included; without it today. At most 400 days together.',
  by: 'What to break it down by: one or two of `day`, `user`, `session`, `model`, `workspace`, `source`, with a comma between them. Without it by day.',
  source: '`relay`: what was asked here; `terminal`: what Claude used in terminals of this machine, estimated; `all`: both. Without it both for admins, for everybody else what was asked here.',
  tz: 'The time zone in which days begin, such as `Asia/Seoul`; without it UTC.',
  user_id: 'Only what this user used. Others than yourself only for admins, or within a session you work in.',
  session_id: 'Only what this session used: for those who work in it.',
}

export const USAGE: Meanings = {
  'getUsage.query': asked,
  'getUsageCsv.query': asked,
  UsageFigures: { _: 'What was used together.' },
  UsageRow: {
    _: 'What was used, of one day, user, session, model, workspace or source: fields of what it was not broken down by are absent.',
    user_id: 'Whose prompts; null: of nobody that is known.',
    username: 'What they were called.',
    session_id: 'Which session, also one that is erased.',
    title: 'What the session is called; null: erased, or not for you to know.',
    owner_id: 'Whose session it is; null: erased, or not for you to know.',
    owner_name: 'What they are called.',
    model: 'Which model.',
    workspace_id: 'Which workspace; null: a folder that is none.',
    workspace_name: 'What it is called.',
    source: '`relay`: asked here; `terminal`: in a terminal of this machine.',
  },
  UsageReport: {
    _: 'What Claude used.',
    from: 'The first day.',
    to: 'The last day.',
    rows: 'Days in their order, else the most expensive first.',
    total: 'All of it together, those rows too that are not told.',
    cut: 'There are more rows than are told; `getUsageCsv` has all.',
  },
  BudgetBody: { _: 'What somebody may cost in a day.', limit_micros: 'In millionths of a US dollar: 5,000,000 are five dollars. null: they are never stopped.', warn_percent: 'From which share on they are warned; without it 80.' },
  Budget: {
    _: 'A budget, and what was used of it today.',
    user_id: 'Whose; null: of everybody who has none of their own.',
    username: 'What they are called; null: it is everybody’s.',
    spent_micros: 'What their turns that ended today have cost, in millionths of a US dollar; null: it is everybody’s.',
    own: 'Set for this user, and not taken from everybody’s.',
  },
  Budgets: { _: 'Budgets, who has used most first.', day: 'Today, as `2026-11-08`.', budgets: 'First that of everybody, where there is one.', cut: 'There are more people than are told.' },
  OwnBudget: {
    _: 'Where you stand today.',
    state: '`free`: nobody stops you. `within`: less than is warned of. `near`: more. `spent`: no new turn begins before `resets_at`.',
    day: 'Today, as `2026-11-08`.',
  },
}

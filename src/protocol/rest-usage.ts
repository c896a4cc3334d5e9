// The bodies of REST about what Claude used and what it may cost. Money is in whole millionths of a US dollar.
// What the fields mean is written in relay/http/openapi/meanings, for the description of the API.
import * as z from 'zod/mini'
import { entityId, optional, optionalId, timestamp } from './ids.ts'

/** What a report can be broken down by. */
export const USAGE_BY = ['day', 'user', 'session', 'model', 'workspace', 'source'] as const
export type UsageBy = (typeof USAGE_BY)[number]

const day = z.string().check(z.regex(/^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/))
const micros = z.int().check(z.nonnegative())

export const usageQuery = z.object({
  from: optional(day),
  to: optional(day),
  by: optional(z.string().check(z.regex(new RegExp(`^(?:${USAGE_BY.join('|')})(?:,(?:${USAGE_BY.join('|')}))?$`)))),
  source: optional(z.enum(['relay', 'terminal', 'all'])),
  tz: optional(z.string().check(z.maxLength(64))),
  user_id: optionalId,
  session_id: optionalId,
})

const figures = {
  turns: z.number(),
  input_tokens: z.number(),
  output_tokens: z.number(),
  cache_read_tokens: z.number(),
  cache_write_tokens: z.number(),
  cost_micros: micros,
  estimated_micros: micros,
  unpriced_tokens: z.number(),
}
export const usageFigures = z.object(figures)
export const usageRow = z.object({
  day: optional(z.string()),
  user_id: optional(entityId),
  username: optional(z.string()),
  session_id: optional(z.string()),
  title: optional(z.string()),
  owner_id: optional(entityId),
  owner_name: optional(z.string()),
  model: optional(z.string()),
  workspace_id: optional(entityId),
  workspace_name: optional(z.string()),
  source: optional(z.enum(['relay', 'terminal'])),
  ...figures,
})
export const usageReport = z.object({ from: z.string(), to: z.string(), tz: z.string(), rows: z.array(usageRow), total: usageFigures, cut: z.boolean() })

export const budgetBody = z.object({ limit_micros: z.nullable(micros.check(z.maximum(1e12))), warn_percent: optional(z.int().check(z.minimum(1), z.maximum(100))) })
export const budget = z.object({
  user_id: z.nullable(entityId),
  username: z.nullable(z.string()),
  limit_micros: z.nullable(micros),
  warn_percent: z.number(),
  spent_micros: z.nullable(micros),
  own: z.boolean(),
})
export const budgets = z.object({ day: z.string(), tz: z.string(), resets_at: timestamp, budgets: z.array(budget), cut: z.boolean() })

export const ownBudget = z.object({
  state: z.enum(['free', 'within', 'near', 'spent']),
  limit_micros: z.nullable(micros),
  spent_micros: micros,
  warn_percent: z.number(),
  day: z.string(),
  tz: z.string(),
  resets_at: timestamp,
})

export type UsageQuery = z.infer<typeof usageQuery>
export type UsageFigures = z.infer<typeof usageFigures>
export type UsageRow = z.infer<typeof usageRow>
export type UsageReport = z.infer<typeof usageReport>
export type BudgetBody = z.infer<typeof budgetBody>
export type Budget = z.infer<typeof budget>
export type Budgets = z.infer<typeof budgets>
export type OwnBudget = z.infer<typeof ownBudget>

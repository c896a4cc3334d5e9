// What a running process can be told of how to work, and asked about its window.
import type { Query } from '@anthropic-ai/claude-agent-sdk'
import type { ContextUsage } from '#protocol'
import { contextUsageOf } from './context-usage.ts'
import { checkModel, checkPermissionMode } from './process-options.ts'

export const createProcessSettings = (session: Query) => ({
  setModel: (model: string | null): Promise<void> => session.setModel(model === null ? undefined : checkModel(model)),
  setPermissionMode: (mode: string): Promise<void> => session.setPermissionMode(checkPermissionMode(mode)),
  setRules: (rules: string[]): Promise<void> => session.applyFlagSettings({ permissions: { allow: rules } }),
  contextUsage: async (): Promise<ContextUsage> => contextUsageOf(await session.getContextUsage({ detail: 'summary' })),
})

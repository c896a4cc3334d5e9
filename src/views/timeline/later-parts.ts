// Parts of rows that most first paints do without. One wrapper each for the whole page: once fetched, they are drawn at once.
import { defineAsyncComponent } from 'vue'
import { laterComponent } from '../../i18n/use-later-words.ts'

export const AskedRow = laterComponent(() => import('./AskedRow.vue'))
export const AttachmentChips = defineAsyncComponent(() => import('./AttachmentChips.vue'))
export const DividerRow = defineAsyncComponent(() => import('./DividerRow.vue'))
export const NoticeRow = defineAsyncComponent(() => import('./NoticeRow.vue'))
export const RelayedRow = defineAsyncComponent(() => import('./RelayedRow.vue'))
export const OutboxFiles = defineAsyncComponent(() => import('./OutboxFiles.vue'))
export const OutcomeCard = laterComponent(() => import('./OutcomeCard.vue'))
export const PermissionCard = laterComponent(() => import('./PermissionCard.vue'))
export const PlanCard = laterComponent(() => import('./PlanCard.vue'))
export const PromptEdit = laterComponent(() => import('./PromptEdit.vue'))
export const QuestionCard = laterComponent(() => import('./QuestionCard.vue'))
export const TimelineJump = defineAsyncComponent(() => import('./TimelineJump.vue'))
export const TimelineOlder = defineAsyncComponent(() => import('./TimelineOlder.vue'))
export const TimelineGoal = defineAsyncComponent(() => import('./TimelineGoal.vue'))
export const TimelineStatus = defineAsyncComponent(() => import('./TimelineStatus.vue'))
export const ToolCard = defineAsyncComponent(() => import('./ToolCard.vue'))
export const TroubleRow = laterComponent(() => import('./TroubleRow.vue'))
export const UnknownRow = defineAsyncComponent(() => import('./UnknownRow.vue'))

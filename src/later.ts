// What the first paint does without. Fetched once the page has nothing else to do: nothing is slow when it is first wanted, or missing without a link.

const parts: readonly (() => Promise<unknown>)[] = [
  // What a session shows, by how soon it may be wanted.
  () => import('./ui/RenderedMarkdown.vue'),
  () => import('./views/session/ComposerFiles.vue'),
  () => import('./views/files/DropArea.vue'),
  () => import('./views/session/SessionPanel.vue'),
  () => import('./views/session/SessionNotice.vue'),
  () => import('./views/session/SessionMarks.vue'),
  () => import('./views/session/open-whole.ts'),
  () => import('./views/timeline/ToolCard.vue'),
  () => import('./views/timeline/PermissionCard.vue'),
  () => import('./views/timeline/QuestionCard.vue'),
  () => import('./views/timeline/PlanCard.vue'),
  () => import('./views/timeline/AskedRow.vue'),
  () => import('./views/timeline/AttachmentChips.vue'),
  () => import('./views/timeline/OutboxFiles.vue'),
  () => import('./views/timeline/DividerRow.vue'),
  () => import('./views/timeline/NoticeRow.vue'),
  () => import('./views/timeline/RelayedRow.vue'),
  () => import('./views/timeline/TroubleRow.vue'),
  () => import('./views/timeline/OutcomeCard.vue'),
  () => import('./views/timeline/TimelineStatus.vue'),
  () => import('./views/timeline/UnknownRow.vue'),
  () => import('./views/session/QueuePanel.vue'),
  () => import('./styles/hangul.css'),
  () => import('./ui/highlight-code.ts'),
  () => import('./views/timeline/TimelineJump.vue'),
  () => import('./stores/older-pages.ts'),
  () => import('./views/timeline/TimelineOlder.vue'),
  () => import('./views/sessions/SessionRail.vue'),
  () => import('./views/sessions/SessionArchive.vue'),
  () => import('./views/sessions/SessionTrash.vue'),
  () => import('./views/sessions/FoundTexts.vue'),
  () => import('./views/sessions/TerminalSessions.vue'),
  () => import('./views/sessions/session-deeds.ts'),
  () => import('./ui/UiChoicesMenu.vue'),
  () => import('./stores/use-uploads-store.ts'),
  () => import('./uploads/open-uploads.ts'),
  // What a person opens.
  () => import('./views/session/ComposerCompletions.vue'),
  () => import('./views/session/MentionedFiles.ts'),
  () => import('./ui/MenuItems.vue'),
  () => import('./ui/MenuChoices.vue'),
  () => import('./ui/MenuChoiceGroups.vue'),
  () => import('./ui/UiToast.vue'),
  () => import('./views/timeline/PromptEdit.vue'),
  () => import('./timeline/turn-markdown.ts'),
  () => import('./views/timeline/TimelineFind.vue'),
  () => import('./views/timeline/TimelineGoal.vue'),
  () => import('./views/session/ConnectionCard.vue'),
  () => import('./views/session/ShareDialog.vue'),
  () => import('./views/files/ConversationPreview.vue'),
  () => import('./views/session/ChooseWorkspace.vue'),
  () => import('./views/sessions/DeleteSessionDialog.vue'),
  () => import('./views/settings/SettingsView.vue'),
  () => import('./views/settings/DeviceDialog.vue'),
  () => import('./views/settings/SignOutDialog.vue'),
  () => import('./views/shell/AppDialogs.vue'),
  () => import('./views/trust/TrustView.vue'),
  () => import('./views/sign-in/SignInView.vue'),
]

/** One after the other, each in a moment of its own: what the person does comes first. `idle` calls back in such a moment. */
export async function fetchLater(idle: (work: () => void) => void): Promise<void> {
  for (const part of parts) {
    await new Promise<void>((resolve) => idle(resolve))
    // Without a link: it is asked for again when it is wanted.
    await part().catch(() => undefined)
  }
}

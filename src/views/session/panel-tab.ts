// The tabs of the panel beside the conversation. Pure.

const PANEL_TABS = ['now', 'files', 'log'] as const
export type PanelTab = (typeof PANEL_TABS)[number]

/** As it was kept; nothing that is none of them any more. */
export const panelTabOf = (kept: string | null): PanelTab => PANEL_TABS.find((each) => each === kept) ?? 'now'

// The hues of people, in their order.
export const HUES = ['azure', 'moss', 'violet', 'ochre', 'rose', 'sea', 'indigo', 'orchid'] as const
export type Hue = (typeof HUES)[number]

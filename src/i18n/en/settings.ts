// Settings: rows with a label and one line of why.
export default {
  title: 'Settings',
  display: {
    title: 'Display and reading',
    subtitle: 'For you, on every device',
  },
  nav: {
    profile: 'Profile',
    display: 'Display',
    notifications: 'Notifications',
    keys: 'Keys',
    permissions: 'Permissions',
    workspaces: 'Workspaces and trust',
    tokens: 'API tokens',
  },
  theme: {
    label: 'Theme',
    why: 'System follows day and night of the device',
    system: 'System',
    light: 'Light',
    dark: 'Dark',
  },
  language: {
    label: 'Language',
    why: 'Dates and numbers change with it',
  },
  textSize: {
    label: 'Text size',
    why: 'Answers and prompts',
  },
  diff: {
    label: 'Differences',
    why: 'Side by side only in wide windows, else inline',
    auto: 'Auto',
  },
  follow: {
    label: 'Follow new text',
    why: 'The page never moves while you read further up',
  },
  enter: {
    label: 'Send with Enter',
    why: 'Off: Enter breaks the line, {keys} sends',
  },
  thinking: {
    label: 'Thinking',
    why: 'Folded, open, or not at all',
    folded: 'Folded',
    open: 'Open',
    hidden: 'Hidden',
  },
  notify: {
    label: 'Permission requests',
    why: 'A notice on this device when Claude waits for an answer',
  },
  speech: {
    label: 'Screen reader while streaming',
    sentences: 'Sentences',
    ends: 'Start and end',
    off: 'Off',
  },
  letters: {
    label: 'Single-letter keys',
    why: 'J, K and others outside of fields',
  },
  role: {
    admin: 'Admin of this relay',
    user: 'User',
    viewer: 'Viewer',
  },
  device: {
    label: 'Add a device',
    why: 'A link that signs a phone or another computer in',
    make: 'Make a link',
    how: 'Open the link there, or point its camera at the code. It works once.',
    code: 'The link as a code for a camera',
    onlyHere: 'This relay listens on this machine only. For other devices start it with HOST and TLS, or behind PUBLIC_URL.',
    until: 'Good until {time}',
  },
  signOutWhy: 'Drafts stay on this device.',
  signOut: 'Sign out',
}

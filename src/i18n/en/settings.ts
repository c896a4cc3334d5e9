// Settings: rows with a label and one line of why.
export default {
  title: 'Settings',
  display: {
    title: 'Display and reading',
  },
  nav: {
    profile: 'Profile',
    workspaces: 'Workspaces and trust',
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
  diff: {
    label: 'Differences',
    why: 'Side by side only in wide windows, else inline',
  },
  follow: {
    label: 'Follow new text',
    why: 'The page never moves while you read further up',
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
    onlyHere: 'Ensemble is open on this machine only: no phone and no other computer can reach this address.',
    forOthers: 'For those start it with HOST and TLS_CERT, or set PUBLIC_URL, or open it through a tunnel; then make the link at that address.',
    sameMachine: 'Another browser on this machine is signed in by this link, once:',
    until: 'Good until {time}',
  },
  signOutWhy: 'Drafts stay on this device.',
  signOut: 'Sign out',
  signOutTitle: 'Sign out?',
  stay: 'Stay signed in',
  openAdmin: 'Open',
}

// Trust of a folder.
export default {
  title: 'Trust this folder?',
  text: 'This folder may run code when opened. Look before you trust it.',
  hooks: 'Hooks',
  mcp: 'MCP servers',
  environment: 'Environment',
  memory: 'CLAUDE.md',
  yes: 'Trust this folder',
  no: 'Open without',
  look: 'Look and decide',
  later: 'Not now',
  trusted: 'Trusted',
  untrusted: 'Not trusted',
  trustedTitle: 'You trust this folder',
  takeBack: 'Trust no longer',
  notYours: 'Only the owner of this folder can trust it.',
  nothing: 'Nothing in this folder runs by itself.',
}

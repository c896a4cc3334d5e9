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
  nothing: 'Nothing in this folder runs by itself.',
}

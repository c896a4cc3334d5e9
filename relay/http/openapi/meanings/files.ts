// What the schemas of files and of workspaces mean.
import type { Meanings } from './fields.ts'

export const FILES: Meanings = {
  'uploadFile.query': { session_id: 'The session it goes into; it may as well stand in the form. Without it the file is yours alone.' },
  'getFiles.query': { session_id: 'The files of this session. Without it your own that are in none.' },
  FilesPage: { _: 'Files, the newest first.', files: 'Those of this page.' },
  ShareBody: { _: 'To where a file goes.', target_session_id: 'The session that gets it.' },
  Shared: { _: 'It is there.', file_id: 'The file there: one of its own.' },
  FileTicket: { _: 'An address that opens by itself.', url: 'On this relay. A secret: whoever has it has the file.' },
  ArchiveBody: { _: 'Which files of a session: all, those in a folder, or these.', folder: 'Only those in this folder.', file_ids: 'Only these.' },
  Archive: { _: 'An address of one ZIP file that opens by itself.', url: 'On this relay. A secret: whoever has it has the files.', filename: 'What the ZIP file is called.', size: 'Bytes of the ZIP file.', files: 'How many files are in it.' },
}

const name = 'What it is called.'
const path = 'The folder, by its whole path on the machine of the relay.'

export const WORKSPACES: Meanings = {
  Workspace: {
    _: 'A folder in which Claude works.',
    id: 'Its id: `workspace_id` elsewhere.',
    name,
    path,
    branch: 'The branch that Git is on; absent: none.',
    owner: 'It is yours: you rename and remove it, and say who is a member.',
    default: 'It is the one of sessions that name none.',
  },
  Workspaces: { _: 'Workspaces you are a member of.', workspaces: 'The default one first.' },
  WorkspaceBody: { _: 'A folder that becomes a workspace.', path, name: 'What it is to be called; without it what the folder is.', create: '`true`: makes the folder when only its parent is there.' },
  'createWorkspace.answer': { id: 'The new workspace.' },
  WorkspacePatch: { _: 'A new name.', name },
  WorkspaceMembers: { _: 'Who may begin sessions there.', members: 'The owner first.', 'members.id': 'Their id.', 'members.name': 'What they are called.', 'members.owner': 'They added it, and are not taken off.' },
  'getWorkspaceFolders.query': { path: 'The folder to look into; without it the folders below which workspaces may lie.' },
  Folders: {
    _: 'Folders to choose a workspace from.',
    path: 'The folder that was looked into; null: this is the list of the allowed ones.',
    parent: 'The folder above it; null: there is none that is allowed.',
    folders: 'What lies in it.',
    'folders.name': 'What the folder is called.',
    'folders.path': 'Its whole path.',
    'folders.usable': 'It may become a workspace.',
    truncated: 'There are more than are told.',
  },
  'getWorkspaceTree.query': { q: 'A part of a path; without it what lies at the root.', limit: 'At most so many, 50 without it.' },
  Tree: { _: 'Files and folders of a workspace.', paths: 'The best match first.', 'paths.path': 'From the workspace on, `/` between its parts.', 'paths.kind': 'What it is.', truncated: 'The folder holds more than were looked at.' },
  TrustReport: {
    _: 'What the folder would run, or have Claude read, if it were trusted.',
    hash: 'Stands for exactly this list: send it along to trust it.',
    hooks: 'Commands of its hooks.',
    mcp_servers: 'Its MCP servers.',
    env: 'Names of variables that it sets.',
    claude_md: 'Files of instructions to Claude.',
    scheduled: 'Prompts that would be sent by themselves, each after its schedule.',
    incomplete: 'It brings along more than is listed or looked at: it cannot be trusted.',
  },
  'trustWorkspace.body': { trusted: '`false` takes the trust back.', hash: 'The `hash` of the report that you looked at; another one by now is refused. Needed to trust.' },
  'trustWorkspace.answer': { trusted: 'Whether it is trusted now.' },
  TerminalSession: {
    _: 'A conversation with Claude that was begun in a terminal.',
    conversation_id: 'For taking it over.',
    title: 'What the terminal calls it.',
    first_prompt: 'The beginning of its first prompt.',
    last_used: 'When, in milliseconds since 1970.',
    messages: 'How many prompts and answers it has; null: nobody has counted them.',
    session_id: 'A session of yours that went on from it; absent: there is none.',
  },
  TerminalSessions: { _: 'Conversations of a terminal in this folder. A page may hold fewer than asked for and `next` all the same.', sessions: 'The last used first.' },
  Imported: { _: 'The session that goes on from it.' },
}

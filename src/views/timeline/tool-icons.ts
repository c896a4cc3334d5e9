// The icons that tool rows name, fetched one by one.
import type { Component } from 'vue'
import { Bot, CircleQuestionMark, FilePlus2, Files, FileText, Globe, ListChecks, ListTodo, NotebookPen, PencilLine, Plug, Search, Terminal, Wrench } from '@lucide/vue'
import type { ToolIcon } from '../../timeline/describe-tool.ts'

export const TOOL_ICONS: Readonly<Record<ToolIcon, Component>> = {
  'file-text': FileText,
  files: Files,
  'file-plus-2': FilePlus2,
  'pencil-line': PencilLine,
  'notebook-pen': NotebookPen,
  terminal: Terminal,
  search: Search,
  globe: Globe,
  plug: Plug,
  bot: Bot,
  'list-todo': ListTodo,
  'list-checks': ListChecks,
  'circle-question-mark': CircleQuestionMark,
  wrench: Wrench,
}

// What a menu shows, as data.
import type { Component } from 'vue'

export type MenuItem<Id extends string = string> =
  | {
      kind?: 'item'
      id: Id
      label: string
      /** A second line saying what it does, or the rule as written. */
      hint?: string
      hintMono?: boolean
      icon?: Component
      keys?: string
      danger?: boolean
      disabled?: boolean
    }
  | { kind: 'line' }
  | { kind: 'head'; label: string }

/** One of several in a menu of choices. */
export type SelectOption<Id extends string = string> = { id: Id; label: string; hint?: string; disabled?: boolean }

/** One of the choices of a menu that has several. */
export type ChoiceGroup<Group extends string = string> = { id: Group; label: string; chosen: string; options: SelectOption[] }

/** The button that a menu opens from. `byKeys`: it was opened so, and the first row takes the focus. */
export type MenuAnchor = { button: HTMLElement; byKeys: boolean }

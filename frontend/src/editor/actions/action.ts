import type { EditorWorld } from "../context";

/** One command. Menus, shortcuts and the toolbar are drawn from these. */
export interface Action {
  readonly id: string;
  /** Key of its name in `editor:actions`. */
  readonly label: ActionLabel;
  /** Key combinations, such as `mod+z`; the first is shown. `mod` is Ctrl, on a Mac ⌘. */
  readonly keys: readonly string[];
  enabled(editor: EditorWorld): boolean;
  perform(editor: EditorWorld): void | Promise<void>;
}

export type ActionLabel = keyof typeof import("@/i18n/en/editor.json")["actions"];

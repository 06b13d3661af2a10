/** Things several commands and parts of the editor do: open the picker, bring the person to a step or a field. */

import { stepGroupsOf } from "@/flow-kit/beside";
import { noteKey } from "@/flow-kit/keys";
import type { EditorWorld } from "./context";
import { addStep as addTo, type Place } from "./edits";
import type { Anchor } from "./ui";

/** Opens the picker beside `anchor`, or beside the step or button it concerns. */
export function openPicker(
  { ui, canvas }: EditorWorld,
  place: Place,
  step: string | null,
  anchor?: Anchor,
): void {
  const button = document.querySelector("[data-add-step]")?.getBoundingClientRect();
  const box = step ? boxOf(canvas.current?.screenBox(step) ?? null, step) : null;
  const beside = box && { x: box.x + box.width, y: box.y, width: 0, height: box.height };
  ui.setState({ picker: { place, anchor: anchor ?? beside ?? button ?? new DOMRect(96, 120) } });
}

function boxOf(box: DOMRect | null, step: string): DOMRect | null {
  return box ?? document.querySelector(`[data-step="${CSS.escape(step)}"]`)?.getBoundingClientRect() ?? null;
}

/** Adds a step of that type where the picker was opened, and shows its settings. */
export function addPicked(editor: EditorWorld, typeName: string, place: Place): void {
  const type = editor.types.get(typeName);
  if (!type) return;
  const { edit } = editor.store.getState();
  let id = "";
  edit((g) => {
    const added = addTo(g, type, place, editor.world());
    id = added.id;
    return added.graph;
  });
  editor.store.getState().select([id]);
  editor.ui.setState({ picker: null, tab: "step", stepView: "settings" });
  void focusStep(editor, id);
}

/** Selects a step, opens its settings and gives the focus to a field ("" for the first). */
export function openStep(editor: EditorWorld, step: string, field: string | null): void {
  editor.store.getState().select([step]);
  editor.ui.setState({ tab: "step", stepView: "settings", wantedField: field });
  void editor.canvas.current?.reveal(step);
}

/** Selects a note and lets one write in it. */
export function openNote(editor: EditorWorld, note: string): void {
  editor.store.getState().select([], [], [note]);
  editor.ui.setState({ editingNote: note });
  void editor.canvas.current?.reveal(noteKey(note));
}

/** Asks for the name and colour of a group. */
export function openGroup(editor: EditorWorld, group: string): void {
  editor.ui.setState({ grouping: { group } });
}

/** A group is chosen by choosing its steps. */
export function selectGroup(editor: EditorWorld, group: string): void {
  const { graph, select } = editor.store.getState();
  const found = stepGroupsOf(graph).find(({ id }) => id === group);
  if (found) select(found.nodes);
}

/** Brings a step into view and gives its card the focus. */
export const focusStep = (editor: EditorWorld, step: string): Promise<void> =>
  focusCard(editor, step, `[data-step="${CSS.escape(step)}"]`);

/** The same for a note. */
export const focusNote = (editor: EditorWorld, note: string): Promise<void> =>
  focusCard(editor, noteKey(note), `[data-note="${CSS.escape(note)}"]`);

async function focusCard(editor: EditorWorld, key: string, selector: string): Promise<void> {
  // What was just added must be drawn before it can be brought into view.
  await frame();
  await editor.canvas.current?.reveal(key);
  for (let tries = 0; tries < 20; tries++) {
    const card = document.querySelector<HTMLElement>(selector);
    if (card) {
      // On a phone its settings hide the steps.
      const shown = card.checkVisibility() ? card : document.querySelector<HTMLElement>(OPEN_TAB);
      shown?.focus({ preventScroll: true });
      return;
    }
    await frame();
  }
}

const OPEN_TAB = "aside [role=tab][aria-selected=true]";
const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));

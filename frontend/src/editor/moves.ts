/** Things several commands and parts of the editor do: open the picker, bring the person to a step or a field. */

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

/** Brings a step into view and gives its card the focus. */
export async function focusStep(editor: EditorWorld, step: string): Promise<void> {
  // A step that was just added must be drawn before it can be brought into view.
  await frame();
  await editor.canvas.current?.reveal(step);
  for (let tries = 0; tries < 20; tries++) {
    const card = document.querySelector<HTMLElement>(`[data-step="${CSS.escape(step)}"]`);
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

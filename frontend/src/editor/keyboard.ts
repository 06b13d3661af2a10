import { type FocusEvent, type KeyboardEvent, useEffect, useState } from "react";
import { boxesOf } from "@/flow-kit/frames";
import { readingOrder } from "@/flow-kit/graph";
import { startsRun } from "@/flow-kit/stepTypes";
import { DEEPEST, depthOf, stepsIn } from "@/flow-kit/tree";
import { ACTIONS, deleteSelection } from "./actions";
import { actionFor, isTyping } from "./actions/keys";
import { readSteps, writeSteps } from "./clipboard";
import { type EditorWorld, useEditor } from "./context";
import { homeForCopies, moveSteps } from "./edits";
import { focusNote, focusStep } from "./moves";
import { type Direction, neighbour, neighbourOfNote } from "./neighbours";
import { hasRoomForNotes, moveNotes } from "./notes/notes";
import { addWholePiece, wholePieceOf } from "./pieces";

const ARROWS: Record<string, Direction> = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
};
const STEP_PX = 8;
const FAR_PX = 40;

/** The canvas is one stop for Tab: it hands the focus to the selected (or first) step; arrows lead on from there. */
export function useCanvasKeys() {
  const editor = useEditor();
  const [isInside, setInside] = useState(false);
  return {
    tabIndex: isInside ? -1 : 0,
    onFocus(event: FocusEvent<HTMLElement>) {
      setInside(true);
      // A click on the empty canvas gives it the focus too, but asks for no step.
      if (event.target !== event.currentTarget || !event.currentTarget.matches(":focus-visible")) return;
      const { graph, selection, selectedNotes, select } = editor.store.getState();
      const [note] = selectedNotes;
      if (note && selection.length === 0) {
        void focusNote(editor, note);
        return;
      }
      const step = selection[0] ?? readingOrder(graph, (n) => startsRun(editor.types.get(n.type)))[0];
      if (!step) return;
      select([step]);
      void focusStep(editor, step);
    },
    onBlur(event: FocusEvent<HTMLElement>) {
      if (!event.currentTarget.contains(event.relatedTarget)) setInside(false);
    },
    onKeyDown(event: KeyboardEvent<HTMLElement>) {
      const direction = ARROWS[event.key];
      if (!direction || isTyping(event.target) || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      if (event.altKey) nudge(editor, direction, event.shiftKey ? FAR_PX : STEP_PX);
      else follow(editor, direction, event.target);
    },
  };
}

function follow(editor: EditorWorld, direction: Direction, target: EventTarget): void {
  const focused = (target as HTMLElement).closest<HTMLElement>("[data-step]")?.dataset.step;
  const { graph, selection, selectedNotes, select } = editor.store.getState();
  const [note] = selectedNotes;
  if (note && !focused && selection.length === 0) {
    const next = neighbourOfNote(graph, note, direction, editor.world());
    if (next?.kind === "note") {
      select([], [], [next.id]);
      void focusNote(editor, next.id);
    } else if (next) {
      select([next.id]);
      void focusStep(editor, next.id);
    }
    return;
  }
  const from = focused ?? selection[0];
  const to = from && neighbour(graph, from, direction);
  if (!to) return;
  select([to]);
  void focusStep(editor, to);
}

function nudge(editor: EditorWorld, direction: Direction, by: number): void {
  const { graph, selection, selectedNotes, edit } = editor.store.getState();
  const dx = direction === "left" ? -by : direction === "right" ? by : 0;
  const dy = direction === "up" ? -by : direction === "down" ? by : 0;
  const world = editor.world();
  const boxes = boxesOf(graph, world);
  const places = new Map(
    selection.flatMap((id) => {
      const box = boxes.get(id);
      return box ? [[id, { x: box.x + dx, y: box.y + dy }] as const] : [];
    }),
  );
  const notes = new Map(
    (graph.notes ?? [])
      .filter(({ id }) => selectedNotes.includes(id))
      .map(({ id, position }) => [id, { x: position.x + dx, y: position.y + dy }] as const),
  );
  edit((g) => moveNotes(moveSteps(g, places, world), notes), {
    merge: `nudge ${[...selection, "", ...selectedNotes].join()}`,
  });
}

/** The editor's shortcuts, and copy and paste of steps. Keys in a text, a menu or a dialog belong to that. */
export function useShortcuts(): void {
  const editor = useEditor();
  useEffect(() => {
    const onKeyDown = (event: globalThis.KeyboardEvent) => {
      // Also from within a text, which is where one wants to get away from.
      if (event.key === "F6" && !isInLayer(event.target)) {
        event.preventDefault();
        focusNextRegion(event.shiftKey ? -1 : 1);
        return;
      }
      if (event.defaultPrevented || event.isComposing || isTyping(event.target) || isInLayer(event.target))
        return;
      if (event.key === "Escape") {
        editor.ui.setState({ picker: null, notice: null });
        if (isOnCanvas(event.target)) editor.store.getState().select([]);
        return;
      }
      const action = actionFor(ACTIONS, event);
      // Without Ctrl a key means the step that has the focus; a focused button elsewhere keeps it.
      const isPlain = !event.ctrlKey && !event.metaKey;
      if (!action || (isPlain && !isOnCanvas(event.target)) || !action.enabled(editor)) return;
      event.preventDefault();
      action.perform(editor);
    };
    const onCopy = (event: ClipboardEvent) => {
      const { graph, selection, selectedNotes } = editor.store.getState();
      if (!isOurs(event) || selection.length + selectedNotes.length === 0) return;
      event.clipboardData?.setData("text/plain", writeSteps(wholePieceOf(graph, selection, selectedNotes)));
      event.preventDefault();
      editor.ui.notify(
        selection.length > 0
          ? editor.t("notice.copied", { count: selection.length })
          : editor.t("notice.copiedNotes", { count: selectedNotes.length }),
      );
    };
    // How a step changes its frame: cut here, pasted there.
    const onCut = (event: ClipboardEvent) => {
      onCopy(event);
      if (event.defaultPrevented && deleteSelection.enabled(editor)) deleteSelection.perform(editor);
    };
    const onPaste = (event: ClipboardEvent) => {
      const text = event.clipboardData?.getData("text/plain") ?? "";
      if (!isOurs(event) || !text) return;
      event.preventDefault();
      paste(editor, text);
    };
    document.addEventListener("keydown", onKeyDown);
    document.addEventListener("copy", onCopy);
    document.addEventListener("cut", onCut);
    document.addEventListener("paste", onPaste);
    return () => {
      document.removeEventListener("keydown", onKeyDown);
      document.removeEventListener("copy", onCopy);
      document.removeEventListener("cut", onCut);
      document.removeEventListener("paste", onPaste);
    };
  }, [editor]);
}

function paste(editor: EditorWorld, text: string): void {
  const piece = readSteps(text);
  const unknown = piece && [...stepsIn(piece)].find((n) => !editor.types.has(n.type));
  const { graph, selection, edit } = editor.store.getState();
  const home = homeForCopies(graph, selection, editor.types);
  const isTooDeep = piece?.nodes.some((n) => home.length + depthOf(n) > DEEPEST);
  const copies =
    piece && !unknown && !isTooDeep
      ? addWholePiece(graph, home, piece, { x: 40, y: 160 }, editor.world())
      : null;
  const [first] = copies?.ids ?? [];
  const [note] = copies?.notes ?? [];
  if (!piece) editor.ui.notify(editor.t("notice.notSteps"));
  else if (unknown) editor.ui.notify(editor.t("notice.unknownType", { type: unknown.type }));
  else if (isTooDeep) editor.ui.notify(editor.t("notice.tooDeep", { count: DEEPEST }));
  else if (!hasRoomForNotes(graph, piece.notes?.length ?? 0))
    editor.ui.notify(editor.t("notice.tooManyNotes"));
  else if (!copies || !(first || note)) editor.ui.notify(editor.t("notice.oneStart"));
  else {
    edit(() => copies.graph, { select: copies.ids, notes: copies.notes });
    if (first) void focusStep(editor, first);
    else if (note) void focusNote(editor, note);
  }
}

/** Header, steps, panel: where each of them takes the focus. */
const REGIONS = [
  { inside: "main header", entry: "main header a, main header button" },
  { inside: "[data-canvas]", entry: "[data-canvas][tabindex], [data-canvas] [data-step]" },
  { inside: "aside", entry: "aside [role=tab][aria-selected=true]" },
];

function focusNextRegion(by: 1 | -1): void {
  const now = REGIONS.findIndex((r) => document.activeElement?.closest(r.inside));
  const from = now < 0 && by < 0 ? 0 : now;
  for (let far = 1; far <= REGIONS.length; far++) {
    const region = REGIONS[(from + far * by + far * REGIONS.length) % REGIONS.length];
    const entry = region && document.querySelector<HTMLElement>(region.entry);
    // On a phone one of them hides another.
    if (!entry?.checkVisibility()) continue;
    entry.focus();
    return;
  }
}

const isOnCanvas = (target: EventTarget | null): boolean =>
  target === document.body || (target instanceof Element && target.closest("[data-canvas]") !== null);

const isInLayer = (target: EventTarget | null): boolean =>
  target instanceof Element && target.closest("[role=dialog], [role=menu], [role=listbox]") !== null;

function isOurs(event: ClipboardEvent): boolean {
  const selected = window.getSelection();
  return !isTyping(event.target) && isOnCanvas(event.target) && (selected === null || selected.isCollapsed);
}

import { useLexicalComposerContext } from "@lexical/react/LexicalComposerContext";
import {
  $getNearestNodeFromDOMNode,
  $getSelection,
  $isRangeSelection,
  COMMAND_PRIORITY_LOW,
  KEY_ARROW_LEFT_COMMAND,
  KEY_ARROW_RIGHT_COMMAND,
  type LexicalEditor,
  mergeRegister,
} from "lexical";
import { useEffect } from "react";
import { $isInfoNode } from "./InfoNode";

/**
 * Keeps the caret out of chips. A browser that closes a selection which ends with a chip (→ after Ctrl+A) leaves the
 * caret inside of it, where the editor knows of none, so that nothing could be pasted or typed; and it tells of that
 * later than a paste that follows at once.
 */
export function CaretPlugin() {
  const [editor] = useLexicalComposerContext();
  useEffect(() => {
    const look = () => leaveChip(editor);
    document.addEventListener("selectionchange", look);
    const off = mergeRegister(
      editor.registerCommand(KEY_ARROW_LEFT_COMMAND, $closeTo("start"), COMMAND_PRIORITY_LOW),
      editor.registerCommand(KEY_ARROW_RIGHT_COMMAND, $closeTo("end"), COMMAND_PRIORITY_LOW),
    );
    return () => {
      document.removeEventListener("selectionchange", look);
      off();
    };
  }, [editor]);
  return null;
}

/** An arrow, where something is selected: only the caret stays, at that end. */
const $closeTo = (end: "start" | "end") => (event: KeyboardEvent) => {
  const selection = $getSelection();
  if (!$isRangeSelection(selection) || selection.isCollapsed()) return false;
  if (event.shiftKey || event.ctrlKey || event.altKey || event.metaKey) return false;
  event.preventDefault();
  const { key, offset, type } =
    selection.isBackward() === (end === "end") ? selection.anchor : selection.focus;
  selection.anchor.set(key, offset, type);
  selection.focus.set(key, offset, type);
  return true;
};

function leaveChip(editor: LexicalEditor): void {
  const caret = window.getSelection();
  const at = caret?.anchorNode;
  if (!caret?.isCollapsed || !at || !editor.isEditable() || !editor.getRootElement()?.contains(at)) return;
  const drawn = (at instanceof Element ? at : at.parentElement)?.closest("[data-lexical-decorator]");
  if (!drawn) return;
  const before = document.createRange();
  before.selectNodeContents(drawn);
  before.setEnd(at, caret.anchorOffset);
  const isAtItsBeginning = before.toString() === "";
  editor.update(() => {
    const chip = $getNearestNodeFromDOMNode(drawn);
    if (!$isInfoNode(chip)) return;
    if (isAtItsBeginning) chip.selectPrevious();
    else chip.selectNext(0, 0);
  });
}

import { useLexicalComposerContext } from "@lexical/react/LexicalComposerContext";
import {
  COMMAND_PRIORITY_HIGH,
  HISTORY_MERGE_TAG,
  KEY_ENTER_COMMAND,
  LineBreakNode,
  TextNode,
} from "lexical";
import { useEffect, useRef } from "react";
import { $chipTransform, $readTemplate, $writeTemplate } from "./content";

const FROM_OUTSIDE = "from-outside";

/** Keeps the text in the editor and the value outside the same, whoever changed it. */
export function ValuePlugin({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const [editor] = useLexicalComposerContext();
  const told = useRef(value);
  const tell = useRef(onChange);

  useEffect(() => {
    tell.current = onChange;
  });

  useEffect(() => {
    if (value === told.current) return;
    told.current = value;
    // Undo of the whole editor, or another tab: not a step of this text's own history, and no reason to take the focus.
    editor.update(() => $writeTemplate(value), {
      tag: [FROM_OUTSIDE, HISTORY_MERGE_TAG, "skip-dom-selection"],
    });
  }, [editor, value]);

  useEffect(
    () =>
      editor.registerUpdateListener(({ editorState, dirtyElements, dirtyLeaves, tags }) => {
        if (tags.has(FROM_OUTSIDE) || (dirtyElements.size === 0 && dirtyLeaves.size === 0)) return;
        // While an input method composes, the text is not settled.
        if (editor.isComposing()) return;
        const text = editorState.read($readTemplate);
        if (text === told.current) return;
        told.current = text;
        tell.current(text);
      }),
    [editor],
  );

  useEffect(() => editor.registerNodeTransform(TextNode, $chipTransform), [editor]);
  return null;
}

/** Enter does not begin a line; a pasted line break becomes a space. */
export function SingleLinePlugin() {
  const [editor] = useLexicalComposerContext();
  useEffect(
    () =>
      editor.registerCommand(
        KEY_ENTER_COMMAND,
        (event) => {
          event?.preventDefault();
          return true;
        },
        COMMAND_PRIORITY_HIGH,
      ),
    [editor],
  );
  useEffect(
    () => editor.registerNodeTransform(LineBreakNode, (node) => void node.replace(new TextNode(" "))),
    [editor],
  );
  return null;
}

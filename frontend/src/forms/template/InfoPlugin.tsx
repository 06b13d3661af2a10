import { useLexicalComposerContext } from "@lexical/react/LexicalComposerContext";
import {
  $getRoot,
  $getSelection,
  $insertNodes,
  $isRangeSelection,
  $isTextNode,
  COMMAND_PRIORITY_CRITICAL,
  KEY_ARROW_DOWN_COMMAND,
  KEY_ARROW_UP_COMMAND,
  KEY_ENTER_COMMAND,
  KEY_ESCAPE_COMMAND,
  KEY_TAB_COMMAND,
  type LexicalEditor,
  mergeRegister,
} from "lexical";
import { type Ref, useEffect, useImperativeHandle, useMemo, useRef, useState } from "react";
import { useFormWorld } from "../info";
import { type Choice, choicesFor } from "./choices";
import { InfoMenu, linkAt, moved, optionId } from "./InfoMenu";
import { InfoNode } from "./InfoNode";
import { writeRef } from "./syntax";
import { triggerIn } from "./trigger";

export interface InfoPluginHandle {
  /** Opens the menu at the caret. */
  open: () => void;
}

interface Asking {
  /** What to replace when something is chosen; nothing when the menu was opened by its button. */
  readonly typed: { key: string; start: number; end: number } | null;
  readonly query: string;
  readonly at: { left: number; top: number; bottom: number };
}

/** The menu of information: opened by `/`, `{` or the button; arrows move, Enter and Tab choose, Escape closes. */
export function InfoPlugin({
  menuId,
  onMenu,
  ref,
}: {
  menuId: string;
  onMenu: (menu: { active: string | undefined } | null) => void;
  ref: Ref<InfoPluginHandle>;
}) {
  const [editor] = useLexicalComposerContext();
  const { info, lastValue, sharesNothing } = useFormWorld();
  const [asking, setAsking] = useState<Asking | null>(null);
  const [active, setActive] = useState(0);
  // After Escape the same `/` stays a slash.
  const declined = useRef<string | null>(null);
  const query = asking?.query ?? "";
  const choices = useMemo(
    () => (asking ? choicesFor(info, query, lastValue) : []),
    [asking, info, query, lastValue],
  );
  const isOpen = asking !== null && (choices.length > 0 || query === "");

  useEffect(
    () =>
      editor.registerUpdateListener(() => {
        if (editor.isComposing()) return;
        const typed = typedTrigger(editor);
        if (!typed) {
          declined.current = null;
          setAsking((now) => (now?.typed ? null : now));
          return;
        }
        if (declined.current === placeOf(typed)) return;
        setActive(0);
        setAsking({ typed, query: typed.query, at: caretBox(editor) });
      }),
    [editor],
  );

  const choose = ({ step, field }: Choice) => {
    const raw = writeRef(step.node, field.path);
    editor.update(() => {
      if (asking?.typed) $cut(asking.typed);
      else if (!$getSelection()) $getRoot().selectEnd();
      $insertNodes([new InfoNode(raw)]);
    });
    setAsking(null);
    editor.focus();
  };

  // What was typed to ask is no part of the text, also when the answer lies on another page.
  const leave = () => {
    const typed = asking?.typed;
    if (typed) editor.update(() => $cut(typed), { discrete: true });
    setAsking(null);
  };

  useEffect(() => {
    const isAny = choices.length > 0 || active === linkAt(choices);
    onMenu(isOpen ? { active: isAny ? optionId(menuId, active) : undefined } : null);
  }, [isOpen, active, choices, menuId, onMenu]);

  useEffect(() => {
    if (!isOpen) return;
    const move = (by: number) => (event: KeyboardEvent) => {
      event.preventDefault();
      setActive((now) => moved(choices, now, by, sharesNothing));
      return true;
    };
    const take = (event: KeyboardEvent | null) => {
      const choice = choices[active];
      const link = sharesNothing && active === linkAt(choices);
      if ((!choice && !link) || event?.isComposing) return false;
      event?.preventDefault();
      if (choice) choose(choice);
      else document.getElementById(optionId(menuId, active))?.click();
      return true;
    };
    const close = (event: KeyboardEvent) => {
      event.preventDefault();
      event.stopPropagation();
      declined.current = asking?.typed ? placeOf(asking.typed) : null;
      setAsking(null);
      return true;
    };
    const root = editor.getRootElement();
    const blur = () => setAsking(null);
    root?.addEventListener("blur", blur);
    const off = mergeRegister(
      editor.registerCommand(KEY_ARROW_DOWN_COMMAND, move(1), COMMAND_PRIORITY_CRITICAL),
      editor.registerCommand(KEY_ARROW_UP_COMMAND, move(-1), COMMAND_PRIORITY_CRITICAL),
      editor.registerCommand(KEY_ENTER_COMMAND, take, COMMAND_PRIORITY_CRITICAL),
      editor.registerCommand(KEY_TAB_COMMAND, take, COMMAND_PRIORITY_CRITICAL),
      editor.registerCommand(KEY_ESCAPE_COMMAND, close, COMMAND_PRIORITY_CRITICAL),
    );
    return () => {
      off();
      root?.removeEventListener("blur", blur);
    };
  });

  useImperativeHandle(ref, () => ({
    open: () => {
      editor.focus(() => {
        setActive(0);
        setAsking({ typed: null, query: "", at: caretBox(editor) });
      });
    },
  }));

  if (!isOpen || !asking) return null;
  return (
    <InfoMenu
      id={menuId}
      choices={choices}
      active={active}
      at={asking.at}
      onActive={setActive}
      onChoose={choose}
      onLeave={leave}
    />
  );
}

function typedTrigger(editor: LexicalEditor) {
  return editor.getEditorState().read(() => {
    const selection = $getSelection();
    if (!$isRangeSelection(selection) || !selection.isCollapsed()) return null;
    const node = selection.anchor.getNode();
    if (!$isTextNode(node)) return null;
    const end = selection.anchor.offset;
    const trigger = triggerIn(node.getTextContent().slice(0, end));
    return trigger && { key: node.getKey(), start: trigger.start, end, query: trigger.query };
  });
}

const placeOf = ({ key, start }: { key: string; start: number }) => `${key}:${start}`;

/** Takes the typed trigger out and leaves the caret in its place. */
function $cut({ start, end }: { start: number; end: number }): void {
  const selection = $getSelection();
  if (!$isRangeSelection(selection)) return;
  const node = selection.anchor.getNode();
  if ($isTextNode(node)) node.spliceText(start, end - start, "", true);
}

function caretBox(editor: LexicalEditor): Asking["at"] {
  const root = editor.getRootElement();
  const selection = window.getSelection();
  const range = selection && selection.rangeCount > 0 ? selection.getRangeAt(0) : null;
  const caret = range?.getBoundingClientRect?.();
  // An empty line has no box of its own.
  if (caret && (caret.height > 0 || caret.width > 0)) return caret;
  const box = root?.getBoundingClientRect() ?? new DOMRect();
  return { left: box.left + 12, top: box.top + 8, bottom: Math.min(box.bottom, box.top + 32) };
}

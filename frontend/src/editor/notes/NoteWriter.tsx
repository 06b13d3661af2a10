import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { Note } from "@/api/types";
import { NOTES } from "@/flow-kit/beside";
import { useEditor } from "../context";
import css from "./Note.module.css";
import { changeNote } from "./notes";

/** The note while it is written. Escape, Ctrl+Enter and leaving end it; what was typed stays. */
export function NoteWriter({ note }: { note: Note }) {
  const { t } = useTranslation("editor");
  const { store, ui } = useEditor();
  const text = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    const area = text.current;
    if (!area) return;
    area.focus({ preventScroll: true });
    area.setSelectionRange(area.value.length, area.value.length);
    // In the list of steps the notes stand below, out of sight.
    if (!area.closest(".react-flow")) area.scrollIntoView({ block: "nearest" });
  }, []);
  const end = (card: Element | null) => {
    ui.setState({ editingNote: null });
    if (card instanceof HTMLElement) card.focus({ preventScroll: true });
  };
  return (
    <textarea
      ref={text}
      className={`${css.writer} nodrag nopan nowheel`}
      aria-label={t("notes.write")}
      placeholder={t("notes.placeholder")}
      value={note.text}
      maxLength={NOTES.longest}
      onChange={(event) => {
        const { value } = event.target;
        store.getState().edit((g) => changeNote(g, note.id, { text: value }), { merge: `note ${note.id}` });
      }}
      onBlur={() => end(null)}
      onKeyDown={(event) => {
        if (event.nativeEvent.isComposing || event.keyCode === 229) return;
        const isEnd = event.key === "Escape" || (event.key === "Enter" && (event.ctrlKey || event.metaKey));
        if (!isEnd) return;
        event.preventDefault();
        event.stopPropagation();
        end(event.currentTarget.closest("[data-note]"));
      }}
    />
  );
}

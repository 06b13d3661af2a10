import { useTranslation } from "react-i18next";
import { useMay } from "@/api/may";
import type { Note } from "@/api/types";
import { tint } from "../colours";
import { useDraft, useEditor, useUi } from "../context";
import css from "./Note.module.css";
import { NoteText } from "./NoteText";
import { NoteTools } from "./NoteTools";
import { NoteWriter } from "./NoteWriter";
import { notesInOrder, titleOfNote } from "./notes";

/** The notes below the list of steps: read, written, coloured and deleted there too. */
export default function OutlineNotes() {
  const { t } = useTranslation("editor");
  const graph = useDraft((s) => s.graph);
  return (
    <section className={css.list} aria-labelledby="outline-notes">
      <h2 className={css.heading} id="outline-notes">
        {t("notes.heading")}
      </h2>
      <ul className={css.notes}>
        {notesInOrder(graph).map((note) => (
          <li key={note.id} className={css.listed}>
            <ListedNote note={note} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function ListedNote({ note }: { note: Note }) {
  const { t } = useTranslation("editor");
  const { store } = useEditor();
  const mayEdit = useMay().edit;
  const isWriting = useUi((s) => s.editingNote === note.id) && mayEdit;
  const isSelected = useDraft((s) => s.selectedNotes.includes(note.id));
  const label = titleOfNote(note);
  return (
    <>
      {/* biome-ignore lint/a11y/useSemanticElements: a note is not a form's fieldset */}
      <div
        className={css.card}
        style={tint(note.colour)}
        data-note={note.id}
        data-selected={isSelected || undefined}
        role="group"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a note is selected by its focus, and then has keys of its own
        tabIndex={0}
        aria-label={label ? t("notes.label", { text: label }) : t("notes.labelEmpty")}
        onFocus={() => store.getState().select([], [], [note.id])}
      >
        {isWriting ? (
          <NoteWriter note={note} />
        ) : (
          <div className={`${css.text} ${css.scrolls} ${css.short}`}>
            <NoteText text={note.text} />
          </div>
        )}
      </div>
      {isSelected && mayEdit && <NoteTools note={note} isListed />}
    </>
  );
}

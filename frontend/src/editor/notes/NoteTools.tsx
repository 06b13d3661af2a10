import { Maximize2, Minimize2, Pencil, Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Note } from "@/api/types";
import { IconButton } from "@/ui";
import { ColourChoice } from "../ColourChoice";
import { useEditor } from "../context";
import { openNote } from "../moves";
import css from "./Note.module.css";
import { changeNote, removeNotes } from "./notes";

const BY = 40;

/** All that can be done to a note, without dragging. */
export function NoteTools({ note, isListed = false }: { note: Note; isListed?: boolean }) {
  const { t } = useTranslation("editor");
  const editor = useEditor();
  const { store } = editor;
  const change = (by: Parameters<typeof changeNote>[2]) =>
    store.getState().edit((g) => changeNote(g, note.id, by));
  const grow = (by: number) =>
    change({ size: { width: note.size.width + by, height: note.size.height + by } });
  return (
    // biome-ignore lint/a11y/useSemanticElements: tools are not a form's fieldset
    <div
      className={`${css.bar} nodrag nopan`}
      role="group"
      aria-label={t("notes.tools")}
      // Here Enter presses a button; around it, it means the note.
      onKeyDown={(event) => event.key === "Enter" && event.stopPropagation()}
    >
      <ColourChoice
        name={`note-${note.id}`}
        label={t("notes.colour")}
        value={note.colour}
        onChange={(colour) => change({ colour })}
      />
      <IconButton label={t("notes.edit")} onClick={() => openNote(editor, note.id)}>
        <Pencil />
      </IconButton>
      {!isListed && (
        <>
          <IconButton label={t("notes.larger")} onClick={() => grow(BY)}>
            <Maximize2 />
          </IconButton>
          <IconButton label={t("notes.smaller")} onClick={() => grow(-BY)}>
            <Minimize2 />
          </IconButton>
        </>
      )}
      <IconButton
        label={t("notes.delete")}
        onClick={() => store.getState().edit((g) => removeNotes(g, new Set([note.id])), { select: [] })}
      >
        <Trash2 />
      </IconButton>
    </div>
  );
}

import { type PointerEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/may";
import type { Note } from "@/api/types";
import type { NoteProps } from "@/flow-kit/parts";
import { tint } from "../colours";
import { useEditor, useUi } from "../context";
import css from "./Note.module.css";
import { NoteText } from "./NoteText";
import { NoteTools } from "./NoteTools";
import { NoteWriter } from "./NoteWriter";
import { changeNote, titleOfNote } from "./notes";

/** A note on the canvas: read there, written there, and while it is selected with its colours and a corner to drag. */
export default function NoteCard({ note, selected, isFar }: NoteProps) {
  const { t } = useTranslation("editor");
  const { store } = useEditor();
  const mayEdit = useMay().edit;
  const isWriting = useUi((s) => s.editingNote === note.id) && mayEdit;
  const [size, setSize] = useState<Note["size"] | null>(null);
  const label = titleOfNote(note);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a note is not a form's fieldset
    <div
      className={css.card}
      style={{ ...tint(note.colour), ...size }}
      data-note={note.id}
      data-selected={selected || undefined}
      data-far={isFar || undefined}
      role="group"
      tabIndex={-1}
      aria-label={label ? t("notes.label", { text: label }) : t("notes.labelEmpty")}
      aria-current={selected || undefined}
    >
      {isWriting ? (
        <NoteWriter note={note} />
      ) : (
        <div className={selected ? `${css.text} ${css.scrolls} nowheel` : css.text}>
          {isFar ? label : <NoteText text={note.text} />}
        </div>
      )}
      {selected && mayEdit && !isFar && (
        <>
          <div className={css.tools}>
            <NoteTools note={note} />
          </div>
          <Corner
            size={note.size}
            onResize={setSize}
            onResized={(last) => {
              setSize(null);
              store.getState().edit((g) => changeNote(g, note.id, { size: last }));
            }}
          />
        </>
      )}
    </div>
  );
}

/** What is dragged to make the note larger or smaller; the buttons above it do the same. */
function Corner({
  size,
  onResize,
  onResized,
}: {
  size: Note["size"];
  onResize: (size: Note["size"]) => void;
  onResized: (size: Note["size"]) => void;
}) {
  const { canvas } = useEditor();
  const [from, setFrom] = useState<{ x: number; y: number } | null>(null);
  const sizeAt = (event: PointerEvent) => {
    const at = canvas.current?.toCanvas({ x: event.clientX, y: event.clientY });
    if (!at || !from) return size;
    return { width: size.width + at.x - from.x, height: size.height + at.y - from.y };
  };
  return (
    <span
      className={`${css.corner} nodrag nopan`}
      aria-hidden="true"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        setFrom(canvas.current?.toCanvas({ x: event.clientX, y: event.clientY }) ?? null);
      }}
      onPointerMove={(event) => from && onResize(sizeAt(event))}
      onPointerUp={(event) => {
        if (from) onResized(sizeAt(event));
        setFrom(null);
      }}
      onPointerCancel={() => {
        if (from) onResized(size);
        setFrom(null);
      }}
    />
  );
}

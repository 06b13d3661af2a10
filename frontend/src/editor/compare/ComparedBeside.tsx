import { useTranslation } from "react-i18next";
import { groupKey, noteKey } from "@/flow-kit/keys";
import type { GroupProps, NoteProps } from "@/flow-kit/parts";
import { tint } from "../colours";
import { GroupFace } from "../groups/GroupFace";
import note from "../notes/Note.module.css";
import { NoteText } from "../notes/NoteText";
import { titleOfNote } from "../notes/notes";
import { Mark, useMark } from "./Mark";

/** A note to be looked at only: its last row says whether it is new, changed or gone. */
export function ComparedNote({ note: it, selected, isFar }: NoteProps) {
  const { t } = useTranslation("editor");
  const text = titleOfNote(it);
  const { kind, label } = useMark(noteKey(it.id), text ? t("notes.label", { text }) : t("notes.labelEmpty"));
  return (
    // biome-ignore lint/a11y/useSemanticElements: a note is not a form's fieldset
    <div
      className={note.card}
      style={tint(it.colour)}
      data-note={it.id}
      data-change={kind}
      data-selected={selected || undefined}
      data-far={isFar || undefined}
      role="group"
      aria-label={label}
    >
      <div className={note.text}>{isFar ? text : <NoteText text={it.text} />}</div>
      {kind && (
        <div className={note.mark}>
          <Mark id={noteKey(it.id)} />
        </div>
      )}
    </div>
  );
}

/** The same for the frame of a group. */
export function ComparedGroup({ group, isFar }: GroupProps) {
  return (
    <GroupFace group={group} isFar={isFar}>
      <Mark id={groupKey(group.id)} />
    </GroupFace>
  );
}

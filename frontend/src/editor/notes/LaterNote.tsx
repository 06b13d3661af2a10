import { lazy } from "react";

/** Fetches what draws notes, ahead of the first one: who adds a note types at once. */
export const fetchNotes = () => import("./NoteCard");

/** Notes come after the steps: few apps have any. */
export const LaterNote = lazy(fetchNotes);

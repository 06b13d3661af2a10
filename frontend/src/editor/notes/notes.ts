/** What a person can do to the notes of a workflow. Pure, like the edits of steps. */

import type { Colour, Graph, Note } from "@/api/types";
import { boxOfGroup, boxOfNote, NOTES, notesOf, stepGroupsOf } from "@/flow-kit/beside";
import { boxesOf, type Places, type Point } from "@/flow-kit/frames";
import { freeSpot, hull } from "@/flow-kit/geometry";
import type { World } from "@/flow-kit/stepTypes";

export const hasRoomForNotes = (root: Graph, count = 1): boolean =>
  notesOf(root).length + count <= NOTES.most;

/** An id that no note has. */
export function nextNoteId(taken: ReadonlySet<string>): string {
  for (let n = 1; ; n++) if (!taken.has(`note_${n}`)) return `note_${n}`;
}

/** An empty note around `middle`, or as near as nothing lies; without a middle below everything. */
export function addNote(root: Graph, middle: Point | null, world: World): { graph: Graph; id: string } {
  const notes = notesOf(root);
  const steps = boxesOf(root, world);
  const groups = stepGroupsOf(root).flatMap((group) => boxOfGroup(group, steps) ?? []);
  const taken = [...steps.values(), ...groups, ...notes.map(boxOfNote)];
  const size = { width: NOTES.width, height: NOTES.height };
  const all = taken.length > 0 ? hull(taken) : null;
  const below = all ? { x: all.x, y: all.y + all.height + 40 } : { x: 0, y: 0 };
  const at = middle ? { x: middle.x - size.width / 2, y: middle.y - size.height / 2 } : below;
  const { x, y } = freeSpot({ ...at, ...size }, taken);
  const id = nextNoteId(new Set(notes.map((n) => n.id)));
  const note: Note = {
    id,
    text: "",
    colour: "amber",
    position: { x: Math.round(x), y: Math.round(y) },
    size,
  };
  return { graph: { ...root, notes: [...notes, note] }, id };
}

/** Sets text, colour or size; a size as near as a note may have it. */
export function changeNote(
  root: Graph,
  id: string,
  change: { text?: string; colour?: Colour; size?: Note["size"] },
): Graph {
  const size = change.size && allowed(change.size);
  let changed = false;
  const notes = notesOf(root).map((note) => {
    if (note.id !== id) return note;
    const next = { ...note, ...change, size: size ?? note.size };
    const isSame =
      next.text === note.text &&
      next.colour === note.colour &&
      next.size.width === note.size.width &&
      next.size.height === note.size.height;
    if (!isSame) changed = true;
    return isSame ? note : next;
  });
  return changed ? { ...root, notes } : root;
}

export function moveNotes(root: Graph, places: Places): Graph {
  let changed = false;
  const notes = notesOf(root).map((note) => {
    const to = places.get(note.id);
    if (!to) return note;
    const position = { x: Math.round(to.x), y: Math.round(to.y) };
    if (position.x === note.position.x && position.y === note.position.y) return note;
    changed = true;
    return { ...note, position };
  });
  return changed ? { ...root, notes } : root;
}

export function removeNotes(root: Graph, ids: ReadonlySet<string>): Graph {
  const notes = notesOf(root).filter((note) => !ids.has(note.id));
  return notes.length === notesOf(root).length ? root : { ...root, notes };
}

/** What a note is called where it cannot be shown: its first line, without the signs of Markdown. */
export function titleOfNote({ text }: Pick<Note, "text">): string {
  const line = text.split("\n").find((one) => one.trim() !== "") ?? "";
  const plain = line.replace(/^[\s#>*+-]+/, "").replace(/[*_`~]+/g, "");
  return plain.length > 60 ? `${plain.slice(0, 59)}…` : plain.trim();
}

/** From left to right, and from above. */
export const notesInOrder = (root: Graph): readonly Note[] =>
  [...notesOf(root)].sort((a, b) => a.position.x - b.position.x || a.position.y - b.position.y);

function allowed({ width, height }: Note["size"]): Note["size"] {
  return {
    width: Math.round(Math.min(NOTES.widest, Math.max(NOTES.narrowest, width))),
    height: Math.round(Math.min(NOTES.highest, Math.max(NOTES.lowest, height))),
  };
}

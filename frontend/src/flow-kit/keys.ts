/** By what the canvas knows what lies on it: steps by their ids, notes and groups by ids that no step can have. */

export type DrawnKind = "step" | "note" | "group";

const NOTE = "note:";
const GROUP = "group:";

export const noteKey = (id: string): string => NOTE + id;
export const groupKey = (id: string): string => GROUP + id;

export function readKey(key: string): { kind: DrawnKind; id: string } {
  if (key.startsWith(NOTE)) return { kind: "note", id: key.slice(NOTE.length) };
  if (key.startsWith(GROUP)) return { kind: "group", id: key.slice(GROUP.length) };
  return { kind: "step", id: key };
}

/** Notes and groups as React Flow draws them; what is as before is the same object. */

import type { Graph } from "@/api/types";
import { boxOfGroup, containerOfGroup, notesOf, stepGroupsOf } from "@/flow-kit/beside";
import type { Places } from "@/flow-kit/frames";
import { groupKey, noteKey } from "@/flow-kit/keys";
import {
  type DrawnNode,
  type GroupFlowNode,
  type NoteFlowNode,
  type StepFlowNode,
  sizedGroup,
  sizedNote,
} from "@/flow-kit/sized";
import { homeOf } from "@/flow-kit/tree";

export function placeNotes(
  root: Graph,
  { selectedNotes, moving }: { selectedNotes: readonly string[]; moving: Places },
  before: ReadonlyMap<string, DrawnNode>,
): NoteFlowNode[] {
  const selected = new Set(selectedNotes);
  return notesOf(root).map((note) => {
    const key = noteKey(note.id);
    const at = moving.get(key) ?? note.position;
    const isSelected = selected.has(note.id);
    const old = before.get(key);
    const isSame =
      old?.type === "note" &&
      old.data.note === note &&
      old.selected === isSelected &&
      old.position.x === at.x &&
      old.position.y === at.y;
    return isSame ? old : sizedNote(note, at, isSelected);
  });
}

/** `steps` are where they are drawn now, which while they are dragged is not where the graph says. */
export function placeGroups(
  root: Graph,
  steps: readonly StepFlowNode[],
  moving: Places,
  before: ReadonlyMap<string, DrawnNode>,
): GroupFlowNode[] {
  const groups = stepGroupsOf(root);
  if (groups.length === 0) return [];
  const boxes = new Map(
    steps.map(({ id, position, width = 0, height = 0 }) => [id, { ...position, width, height }]),
  );
  return groups.flatMap((group) => {
    const box = boxOfGroup(group, boxes, moving);
    if (!box) return [];
    const container = containerOfGroup(root, group);
    const depth = container === undefined ? 0 : homeOf(root, container).length + 1;
    const old = before.get(groupKey(group.id));
    const isSame =
      old?.type === "stepGroup" &&
      old.data.group === group &&
      old.zIndex === depth - 1 &&
      old.position.x === box.x &&
      old.position.y === box.y &&
      old.width === box.width &&
      old.height === box.height;
    return [isSame ? old : sizedGroup(group, box, depth)];
  });
}

/** What a person can do to groups of steps. Pure, like the edits of steps. A step is in one group at most. */

import type { Colour, Graph, StepGroup } from "@/api/types";
import {
  boxOfGroup,
  centreOf,
  containerOfGroup,
  GROUPS_OF_STEPS,
  groupOfStep,
  isAt,
  stepGroupsOf,
} from "@/flow-kit/beside";
import { boxesOf } from "@/flow-kit/frames";
import { overlaps } from "@/flow-kit/geometry";
import { nodeById } from "@/flow-kit/graph";
import type { World } from "@/flow-kit/stepTypes";
import { byHome, homeOf } from "@/flow-kit/tree";

export interface GroupLook {
  readonly title: string;
  readonly colour: Colour;
}

/** Can these steps be in a group together? They are if they lie in one graph. */
export const canGroup = (root: Graph, steps: readonly string[]): boolean =>
  byHome(root, steps).length === 1 && stepGroupsOf(root).length < GROUPS_OF_STEPS.most;

/** The one group that some of these steps are in; none when there are several, or none. */
export function groupAmong(root: Graph, steps: readonly string[]): StepGroup | undefined {
  const [group, ...others] = new Set(steps.flatMap((id) => groupOfStep(root, id) ?? []));
  return others.length === 0 ? group : undefined;
}

/** An id that no group has. */
export function nextGroupId(taken: ReadonlySet<string>): string {
  for (let n = 1; ; n++) if (!taken.has(`group_${n}`)) return `group_${n}`;
}

/** A new group of these steps, which leave those that they were in. */
export function groupSteps(root: Graph, steps: readonly string[], look: GroupLook): Graph {
  const [one] = byHome(root, steps);
  if (!one) return root;
  const rest = leaveGroups(root, one.ids);
  const groups = stepGroupsOf(rest);
  const id = nextGroupId(new Set(groups.map((g) => g.id)));
  return { ...rest, groups: [...groups, { id, ...look, nodes: [...one.ids] }] };
}

/** Takes more steps into a group. */
export function joinGroup(root: Graph, id: string, steps: Iterable<string>): Graph {
  const joining = new Set(steps);
  const groups = stepGroupsOf(root).flatMap((group) => {
    const others = group.nodes.filter((node) => !joining.has(node));
    if (group.id === id) return [{ ...group, nodes: [...others, ...joining] }];
    if (others.length === group.nodes.length) return [group];
    return others.length > 0 ? [{ ...group, nodes: others }] : [];
  });
  return { ...root, groups };
}

/** Takes steps out of their groups; a group that holds none any more is gone. */
export function leaveGroups(root: Graph, steps: ReadonlySet<string>): Graph {
  if (!stepGroupsOf(root).some((g) => g.nodes.some((id) => steps.has(id)))) return root;
  return pruned({
    ...root,
    groups: stepGroupsOf(root).map((g) => ({ ...g, nodes: g.nodes.filter((id) => !steps.has(id)) })),
  });
}

export function changeGroup(root: Graph, id: string, look: GroupLook): Graph {
  const before = stepGroupsOf(root).find((g) => g.id === id);
  if (!before || (before.title === look.title && before.colour === look.colour)) return root;
  return { ...root, groups: stepGroupsOf(root).map((g) => (g.id === id ? { ...g, ...look } : g)) };
}

/** Takes the frame away; the steps stay. */
export const dissolveGroup = (root: Graph, id: string): Graph => ({
  ...root,
  groups: stepGroupsOf(root).filter((g) => g.id !== id),
});

/**
 * After steps were dragged: one that has left its group's frame leaves the group, and one whose middle lies in the
 * frame of another joins that. Dragged all together, the steps of a group stay one.
 */
export function regrouped(root: Graph, dragged: ReadonlySet<string>, world: World): Graph {
  if (stepGroupsOf(root).length === 0) return root;
  const boxes = boxesOf(root, world);
  let next = root;
  for (const step of dragged) {
    const box = boxes.get(step);
    const own = groupOfStep(root, step);
    if (!box) continue;
    const stayed = (group: StepGroup) => group.nodes.some((id) => !dragged.has(id));
    if (own && !stayed(own)) continue;
    const around = own && boxOfGroup(own, boxes, dragged);
    if (around && overlaps(box, around)) continue;
    if (own) next = leaveGroups(next, new Set([step]));
    const container = homeOf(root, step).at(-1);
    const other = stepGroupsOf(root).find((group) => {
      if (group === own || !stayed(group) || containerOfGroup(root, group) !== container) return false;
      const frame = boxOfGroup(group, boxes, dragged);
      return frame !== null && isAt(frame, centreOf(box));
    });
    if (other) next = joinGroup(next, other.id, [step]);
  }
  return next;
}

/** The workflow whose groups hold only steps that are there, each of one graph: what every edit ends with. */
export function pruned(root: Graph): Graph {
  let changed = false;
  const groups = stepGroupsOf(root).flatMap((group) => {
    const first = group.nodes.find((id) => nodeById(root, id));
    const container = first === undefined ? undefined : homeOf(root, first).at(-1);
    const nodes = group.nodes.filter((id) => nodeById(root, id) && homeOf(root, id).at(-1) === container);
    if (nodes.length === group.nodes.length && nodes.length > 0) return [group];
    changed = true;
    return nodes.length > 0 ? [{ ...group, nodes }] : [];
  });
  return changed ? { ...root, groups } : root;
}

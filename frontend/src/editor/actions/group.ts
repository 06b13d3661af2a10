import { groupOfStep } from "@/flow-kit/beside";
import { canGroup, groupAmong, joinGroup } from "../groups/stepGroups";
import { openGroup } from "../moves";
import type { Action } from "./action";

/** A frame with a name around the selected steps. With steps of one group, the others join it; alone, they open it. */
export const group: Action = {
  id: "group",
  label: "group",
  keys: ["mod+g"],
  enabled: ({ store }) => {
    const { graph, selection } = store.getState();
    return canGroup(graph, selection) || groupAmong(graph, selection) !== undefined;
  },
  perform(editor) {
    const { graph, selection, edit } = editor.store.getState();
    const found = groupAmong(graph, selection);
    const loose = selection.filter((id) => !groupOfStep(graph, id));
    if (found && loose.length === 0) openGroup(editor, found.id);
    else if (found && canGroup(graph, selection)) edit((g) => joinGroup(g, found.id, loose));
    else if (canGroup(graph, selection)) editor.ui.setState({ grouping: "new" });
  },
};

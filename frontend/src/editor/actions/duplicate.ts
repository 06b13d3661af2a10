import { homeOf } from "@/flow-kit/tree";
import { addCopies, pieceOf } from "../edits";
import type { Action } from "./action";

export const duplicate: Action = {
  id: "duplicate",
  label: "duplicate",
  keys: ["mod+d"],
  enabled: ({ store }) => store.getState().selection.length > 0,
  perform({ store, world, ui, t }) {
    const { graph, selection, edit } = store.getState();
    const copies = addCopies(
      graph,
      homeOf(graph, selection[0] ?? ""),
      pieceOf(graph, selection),
      { x: 40, y: 160 },
      world(),
    );
    if (copies.ids.length > 0) edit(() => copies.graph, { select: copies.ids });
    else ui.notify(t("notice.oneStart"));
  },
};

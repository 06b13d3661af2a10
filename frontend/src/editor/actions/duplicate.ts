import { homeOf } from "@/flow-kit/tree";
import { hasRoomForNotes } from "../notes/notes";
import { addWholePiece, wholePieceOf } from "../pieces";
import type { Action } from "./action";

export const duplicate: Action = {
  id: "duplicate",
  label: "duplicate",
  keys: ["mod+d"],
  enabled: ({ store }) => store.getState().selection.length + store.getState().selectedNotes.length > 0,
  perform({ store, world, ui, t }) {
    const { graph, selection, selectedNotes, edit } = store.getState();
    if (!hasRoomForNotes(graph, selectedNotes.length)) return ui.notify(t("notice.tooManyNotes"));
    const { ids, notes, ...copies } = addWholePiece(
      graph,
      homeOf(graph, selection[0] ?? ""),
      wholePieceOf(graph, selection, selectedNotes),
      { x: 40, y: 160 },
      world(),
    );
    if (ids.length + notes.length > 0) edit(() => copies.graph, { select: ids, notes });
    else ui.notify(t("notice.oneStart"));
  },
};

import { CircleMinus, CirclePlus, Pencil, Settings2 } from "lucide-react";
import type { Change } from "./changes";

/** Beside the word that says the same. */
export const CHANGE_ICONS = {
  added: CirclePlus,
  changed: Pencil,
  removed: CircleMinus,
  beside: Settings2,
} satisfies Record<Change["kind"], unknown>;

import { useQuery } from "@tanstack/react-query";
import { sessionQuery } from "./queries";
import type { Role } from "./types";

export interface May {
  /** Change apps and documents, and try drafts: editors and owners. */
  edit: boolean;
  /** People, keys, money and secrets: owners. */
  own: boolean;
}

export const mayOf = (role: Role | undefined): May => ({
  edit: role === "editor" || role === "owner",
  own: role === "owner",
});

/** What the person may do here. The server decides; this only spares them controls that would refuse. */
export function useMay(): May {
  return mayOf(useQuery(sessionQuery).data?.role);
}

/** What the page on screen has to offer to who searches for it by name. */

import { useEffect } from "react";

/** In the order in which they are listed. */
export const KINDS = ["step", "app", "page", "action"] as const;
export type Kind = (typeof KINDS)[number];

export interface Offer {
  readonly kind: Kind;
  readonly title: string;
  /** The keys that do the same, as they are printed. */
  readonly keys?: string;
  perform(): void;
}

export type Offering = () => readonly Offer[];

let here: Offering | null = null;

/** Offers what a page has while it is on screen; nothing is worked out before somebody searches. */
export function useOffering(offering: Offering): void {
  useEffect(() => {
    here = offering;
    return () => {
      here = null;
    };
  });
}

export const offersHere = (): readonly Offer[] => here?.() ?? [];

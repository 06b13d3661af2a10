import type { Clearing, Retention, RetentionWish } from "@/api/types";

/** Whether old runs are being deleted just now. */
export const isOpen = (clearing: Clearing | null | undefined): boolean =>
  clearing != null && clearing.ended_at === null;

/** Whether nothing at all is said about what is to be kept. */
export const isAll = (wish: RetentionWish): boolean => wish.runs_days === null && wish.runs_mb === null;

/** Whether both say the same. */
export const isSame = (one: RetentionWish, other: RetentionWish): boolean =>
  one.runs_days === other.runs_days && one.runs_mb === other.runs_mb;

/** What may go wrong in a wish, by field. */
export function faultsOf(wish: RetentionWish, kept: Retention): Partial<Record<keyof RetentionWish, true>> {
  return {
    ...(wish.runs_days !== null && wish.runs_days < kept.least_days && { runs_days: true as const }),
    ...(wish.runs_mb !== null && wish.runs_mb < 1 && { runs_mb: true as const }),
  };
}

/** How far a round of deleting is, from 0 to 1. */
export const partDone = ({ done, expected }: Clearing): number =>
  expected.facts > 0 ? Math.min(1, done.facts / expected.facts) : 0;

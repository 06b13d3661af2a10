import { KINDS, type Kind, type Offer } from "./offers";

export interface Found {
  readonly kind: Kind;
  readonly offers: readonly Offer[];
}

/** Of each kind before anything is typed. */
const AT_FIRST = 6;
const MOST = 20;

/** The offers that have all the words in their names, by kind; those whose name begins with them first. */
export function found(offers: readonly Offer[], query: string): Found[] {
  const asked = query.trim().toLowerCase();
  const words = asked.split(/\s+/).filter(Boolean);
  const fitting = offers
    .map((offer) => ({ offer, name: offer.title.toLowerCase() }))
    .filter(({ name }) => words.every((word) => name.includes(word)));
  fitting.sort((a, b) => Number(b.name.startsWith(asked)) - Number(a.name.startsWith(asked)));
  return KINDS.flatMap((kind) => {
    const ofKind = fitting.filter(({ offer }) => offer.kind === kind).map(({ offer }) => offer);
    return ofKind.length > 0 ? [{ kind, offers: ofKind.slice(0, asked ? MOST : AT_FIRST) }] : [];
  });
}

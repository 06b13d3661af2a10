/**
 * How the page shows that it is the same browser as before.
 *
 * On its own page a cookie does, which no script sees. In a frame on a website browsers keep cookies back; there the
 * page keeps a token, and sends it itself, so that no other site can make the browser send it. It is kept by the
 * browser apart for each website, and by its name once more: who talks on one website is a new visitor on the next.
 */
export interface Identity {
  /** The token, where there is one. */
  token(): string | undefined;
  /** Keeps the token of a new visitor that an answer brings. */
  learn(answer: Response): void;
}

/** The cookie does it all. */
export const byCookie: Identity = { token: () => undefined, learn: () => {} };

const HEADER = "Treadle-Visitor";

export function byToken(slug: string, site: string): Identity {
  const kept = keep(() => localStorage, `treadle.visitor ${slug} ${site}`);
  return {
    // Never none: the server takes what is no token for a new visitor.
    token: () => kept.read() ?? "new",
    learn: (answer) => {
      const token = answer.headers.get(HEADER);
      if (token) kept.write(token);
    },
  };
}

export interface Kept {
  read(): string | null;
  write(text: string | null): void;
}

/** One text in the browser's store, or where that is blocked, for as long as the page is open. */
export function keep(store: () => Storage, name: string): Kept {
  let here: string | null = null;
  return {
    read: () => {
      try {
        return store().getItem(name) ?? here;
      } catch {
        return here;
      }
    },
    write: (text) => {
      here = text;
      try {
        if (text === null) store().removeItem(name);
        else store().setItem(name, text);
      } catch {
        // It is kept above.
      }
    },
  };
}

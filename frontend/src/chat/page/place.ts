import { type Kept, keep } from "./identity";

/** Where the page remembers which conversation it shows, so that it comes back to it. */
export type Place = Kept;

/** In the address: a reload shows the same, and so does a bookmark. */
export const inAddress: Place = {
  read: () => /^#([0-9a-f-]{36})$/.exec(location.hash)?.[1] ?? null,
  write: (conversation) => {
    if (conversation === inAddress.read()) return;
    history.replaceState(null, "", conversation ? `#${conversation}` : location.pathname);
  },
};

/** In the tab: the address in a frame is made anew with each page of the website around it. */
export const inTab = (slug: string, site: string): Place =>
  keep(() => sessionStorage, `treadle.conversation ${slug} ${site}`);

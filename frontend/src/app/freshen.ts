const KEY = "treadle.freshened";
const ONCE_IN_MS = 60_000;

/**
 * After an update an open page asks for files that are gone. Then it is loaded anew, at the place the person was
 * going to. Once a minute at most: when a file is missing for another reason, the error page says so.
 */
export function freshenAfterUpdate(goingTo: () => string | null): void {
  window.addEventListener("vite:preloadError", (event) => {
    const last = Number(sessionStorage.getItem(KEY) ?? 0);
    if (Date.now() - last < ONCE_IN_MS) return;
    sessionStorage.setItem(KEY, String(Date.now()));
    event.preventDefault();
    location.assign(goingTo() ?? location.href);
  });
}

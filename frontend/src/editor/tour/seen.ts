/** Whether somebody has been shown around in this browser: once, whatever became of it. */

const KEY = "treadle.tour";

export function wasShown(): boolean {
  try {
    return localStorage.getItem(KEY) !== null;
  } catch {
    return true; // Blocked storage: better never by itself than at every visit. Help shows it.
  }
}

export function rememberShown(): void {
  try {
    localStorage.setItem(KEY, "shown");
  } catch {
    // Then it does not begin by itself either.
  }
}

/** The theme a person chose: kept in this browser, applied as `<html data-theme>`. `public/theme.js` does the same before the first paint. */
export type ThemeChoice = "light" | "dark" | "system";

const KEY = "treadle.theme";
const dark = () => matchMedia("(prefers-color-scheme: dark)");

export function themeChoice(): ThemeChoice {
  try {
    const stored = localStorage.getItem(KEY);
    return stored === "light" || stored === "dark" ? stored : "system";
  } catch {
    return "system";
  }
}

export function chooseTheme(choice: ThemeChoice): void {
  try {
    localStorage.setItem(KEY, choice);
  } catch {
    // Blocked storage: the choice lasts until the page closes.
  }
  apply(choice);
}

/** Keeps following the system while the choice is `system`. Returns a function that stops. */
export function followSystemTheme(): () => void {
  const query = dark();
  const follow = () => apply(themeChoice());
  query.addEventListener("change", follow);
  return () => query.removeEventListener("change", follow);
}

function apply(choice: ThemeChoice): void {
  const isDark = choice === "dark" || (choice === "system" && dark().matches);
  document.documentElement.dataset.theme = isDark ? "dark" : "light";
}

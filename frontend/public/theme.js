// Runs before the first paint, so that a dark page never flashes white. See src/theme/theme.ts.
(() => {
  let choice = "system";
  try {
    choice = localStorage.getItem("treadle.theme") || "system";
  } catch {
    // Storage may be blocked; the system's choice is a good one.
  }
  const dark =
    choice === "dark" || (choice === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
})();

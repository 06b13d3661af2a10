import type { Insights } from "@/api/types";

/** A part of a whole in percent; null of nothing. What is not all of it is never called 100. */
export function share(part: number, whole: number): number | null {
  if (whole === 0) return null;
  const percent = (100 * part) / whole;
  return part < whole ? Math.min(99, Math.round(percent)) : Math.round(percent);
}

/** Where a step is mended that is drawn at `path`, such as `loop_1.prompt_1`. */
export const stepLink = (app: string, path: string): string =>
  `/apps/${app}/build?step=${encodeURIComponent(path.split(".").at(-1) ?? "")}`;

/** Where something that went wrong is mended: at its step, or else where one sees what happened. */
export const faultLink = (
  app: string,
  { path, run }: Pick<Insights["faults"][number], "path" | "run">,
): string => (path ? stepLink(app, path) : `/apps/${app}/runs/${run}`);

/** Where the worst is mended: what fails most, or else answers that were not liked. Null where nothing is wrong. */
export function topIssue(app: string, { faults, total }: Pick<Insights, "faults" | "total">): string | null {
  const [most] = faults;
  if (most && most.count >= total.bad) return faultLink(app, most);
  return total.bad > 0 ? `/apps/${app}/runs?only=bad` : null;
}

/** An unsaved draft kept on this computer, for when the connection or the browser goes. */

import type { Backup } from "./autosave";

const key = (workflow: string) => `treadle.draft.${workflow}`;

export function writeBackup(workflow: string, backup: Backup | null): void {
  try {
    if (backup) localStorage.setItem(key(workflow), JSON.stringify(backup));
    else localStorage.removeItem(key(workflow));
  } catch {
    // Storage may be full or blocked. The draft is still in this tab, and the browser asks before it closes.
  }
}

export function readBackup(workflow: string): Backup | null {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(key(workflow)) ?? "null");
    if (typeof value !== "object" || value === null || !("graph" in value) || !("revision" in value))
      return null;
    return value as Backup;
  } catch {
    return null;
  }
}

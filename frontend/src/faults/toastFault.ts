import { wordsOfThrown } from "@/i18n/errorWords";
import { toast } from "@/ui";

/** For an action whose place on the page is gone by the time it fails (a closed menu, a deleted card). */
export function toastFault(error: unknown): void {
  const { message, hint } = wordsOfThrown(error);
  toast.failed(message, hint);
}

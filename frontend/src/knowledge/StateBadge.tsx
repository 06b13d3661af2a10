import { Check, CircleAlert, LoaderCircle } from "lucide-react";
import type { ReactNode } from "react";
import { Badge } from "@/ui";

const LOOKS = {
  working: { tone: "info", icon: <LoaderCircle /> },
  ready: { tone: "ok", icon: <Check /> },
  failed: { tone: "bad", icon: <CircleAlert /> },
} as const;

/** How a document (or several) is doing: icon, colour and always a word. */
export function StateBadge({ state, children }: { state: keyof typeof LOOKS; children: ReactNode }) {
  return <Badge {...LOOKS[state]}>{children}</Badge>;
}

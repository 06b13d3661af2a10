import { CloudOff } from "lucide-react";
import { use } from "react";
import { asApiError } from "@/api/errors";
import css from "./ProblemView.module.css";
import type { Explain } from "./thread";
import { words } from "./words";

/** The whole page when there is no app to talk to: what happened and what to do. */
export function ProblemView({ error, explain }: { error: unknown; explain: Promise<Explain> }) {
  const fault = asApiError(error);
  const said = use(explain)(fault);
  const isGone = fault.code === "app_not_found" || fault.code === "not_found";
  const title = isGone ? words.page.missingTitle : words.page.problemTitle;
  return (
    <main className={css.problem}>
      <title>{title}</title>
      <CloudOff className={css.icon} aria-hidden="true" />
      <h1 className={css.title}>{title}</h1>
      <p role="alert">
        {said?.message} {said?.hint}
      </p>
      <button type="button" className={css.button} onClick={() => location.reload()}>
        {words.page.reload}
      </button>
    </main>
  );
}

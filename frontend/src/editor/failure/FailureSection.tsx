import { useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/may";
import type { GraphNode, Policy } from "@/api/types";
import type { StepType } from "@/flow-kit/stepTypes";
import { fieldId } from "@/forms/SchemaForm";
import type { FieldFault } from "@/forms/schema";
import { Disclosure } from "@/ui";
import { useDraft, useEditor } from "../context";
import { setPolicy } from "../edits";
import { useProblemWords } from "../problemWords";
import css from "./Failure.module.css";
import { OutcomeFields } from "./OutcomeFields";
import { changed, errorsOf, mayFail } from "./policy";
import { RetryFields } from "./RetryFields";
import { usePolicyWords } from "./usePolicyWords";

/** *If it fails*: how often a step is tried, how long it may take, and what then. Who only looks may read it. */
export function FailureSection({ node, type }: { node: GraphNode; type: StepType }) {
  const { t } = useTranslation("editor");
  const { store, types } = useEditor();
  const mayEdit = useMay().edit;
  const faults = useFaults(node.id);
  const summary = usePolicyWords("section")(node.policy);
  const errors = useMemo(() => errorsOf(node, types), [node, types]);
  const set = useCallback(
    (policy: Policy, merge = "") =>
      store.getState().edit((g) => setPolicy(g, node.id, policy), { merge: merge && `${node.id}.${merge}` }),
    [store, node.id],
  );
  // What a fault has opened stays open while it is being put right.
  const [isOpen, setOpen] = useState(faults.length > 0);
  if (faults.length > 0 && !isOpen) setOpen(true);
  if (!mayFail(type, node.policy)) return null;
  const label = (
    <>
      {t("failure.title")}
      {summary && <span className={css.summary}>{summary}</span>}
    </>
  );
  const wantsRetry = errors.length > 0 || node.policy.max_attempts != null || node.policy.timeout_s != null;
  return (
    <section className={css.section} aria-label={t("failure.title")}>
      <Disclosure label={label} open={isOpen}>
        <fieldset className={css.all} disabled={!mayEdit}>
          {wantsRetry && (
            <RetryFields
              node={node}
              errors={errors}
              fault={messageAt(faults, "retry_codes")}
              onChange={(change, merge) => set(changed(node.policy, change), merge)}
            />
          )}
          <OutcomeFields
            id={fieldId(`step-${node.id}`, "policy")}
            node={node}
            type={type}
            faults={faults}
            onChange={set}
          />
        </fieldset>
      </Disclosure>
    </section>
  );
}

export const messageAt = (faults: readonly FieldFault[], path: string): string =>
  faults
    .filter((f) => f.path === path)
    .map((f) => f.message)
    .join(" ");

/** What the server found wrong in the step's policy, by the part it is about. */
function useFaults(step: string): FieldFault[] {
  const problems = useDraft((s) => s.problems);
  const words = useProblemWords();
  return useMemo(
    () =>
      problems
        .filter((p) => p.node === step && p.field?.startsWith("policy."))
        .map((p) => ({ path: (p.field ?? "").slice("policy.".length), message: words(p).message })),
    [problems, step, words],
  );
}

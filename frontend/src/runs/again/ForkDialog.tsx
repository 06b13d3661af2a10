import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Json, Port, StepEdit } from "@/api/types";
import { FaultBanner } from "@/faults/FaultBanner";
import { portsOf, type StepType, wordsOf } from "@/flow-kit/stepTypes";
import { objectOf } from "@/forms/schema";
import { Button, Dialog, Segmented, useUiWords } from "@/ui";
import type { StepRun } from "../fold";
import { wentOn } from "../handled";
import type { ResultWords } from "../resultWords";
import { useRun } from "../runStore";
import css from "./Again.module.css";
import type { Again } from "./again";
import { SpanNote } from "./SpanNote";
import { levelsOf, spanOf } from "./span";
import { useFork } from "./useFork";
import { ValueForm } from "./ValueForm";
import { changedFields, withWays } from "./values";

export interface ForkDialogProps {
  onClose: () => void;
  path: string;
  title: string;
  type: StepType;
  step: StepRun;
  words: ResultWords;
  again: Again;
}

type How = "run" | "give";

/** *Run from here*: what came in and out, to be changed; what is kept, runs again and is sent again; the start. */
export function ForkDialog({ onClose, path, title, type, step, words, again }: ForkDialogProps) {
  const { t, i18n } = useTranslation("runs");
  const ui = useUiWords();
  const run = useRun((view) => view.run);
  const runId = useRun((view) => view.runId);
  const fork = useFork(runId);
  // What a run begins with is what someone has said, which is what the first step gives.
  const [how, setHow] = useState<How>(type.starts ? "give" : "run");
  const cameIn = objectOf(step.input);
  const [input, setInput] = useState<Json>(cameIn);
  const cameOut = hasGiven(step) ? step.output : emptyOf(words.outputSchema);
  const [outputSchema] = useState(() =>
    withWays(words.outputSchema, cameOut, step.port, waysOf(again, path, type, i18n.language)),
  );
  const [output, setOutput] = useState<Json>(cameOut);
  const isGiven = how === "give";
  const [changed] = useState(() => again.changedSteps?.() ?? []);
  const span = spanOf({ ...again, run }, path, { isGiven, changed });
  const edit = isGiven ? ({ output } as StepEdit) : editOf(changedFields(cameIn, objectOf(input)));
  const start = async () => {
    if (await fork.start(path, { edit })) onClose();
  };
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t("again.title", { step: title })}
      description={t(again.isDraft ? "again.leadDraft" : "again.lead")}
      size="l"
      footer={
        <>
          <Button onClick={onClose}>{ui.cancel}</Button>
          <Button look="primary" busy={fork.isStarting} onClick={() => void start()}>
            {t("again.start")}
          </Button>
        </>
      }
    >
      <div className={css.dialog}>
        {!type.starts && (
          <div>
            <Segmented
              label={t("again.how")}
              value={how}
              onChange={setHow}
              options={[
                { value: "run", label: t("again.run") },
                { value: "give", label: t("again.give") },
              ]}
            />
          </div>
        )}
        {isGiven ? (
          <section key="out" className={css.side} aria-label={t("result.out")}>
            <p className={css.quiet}>{t(type.starts ? "again.startHelp" : "again.outHelp")}</p>
            <ValueForm
              label={t("result.out")}
              value={output}
              onChange={setOutput}
              schema={outputSchema}
              title={words.outputTitle}
            />
          </section>
        ) : (
          <section key="in" className={css.side} aria-label={t("result.in")}>
            <p className={css.quiet}>{t(Object.keys(cameIn).length > 0 ? "again.inHelp" : "again.inNone")}</p>
            {Object.keys(cameIn).length > 0 && (
              <ValueForm
                label={t("result.in")}
                value={input}
                onChange={setInput}
                schema={words.inputSchema}
                title={words.inputTitle}
                options={words.inputOptions}
              />
            )}
          </section>
        )}
        {span && <SpanNote span={span} types={again.types} />}
        <FaultBanner error={fork.fault} />
      </div>
    </Dialog>
  );
}

/** Whether it gave what a step of its kind gives: one whose failure took a way of its own did not. */
const hasGiven = (step: StepRun): boolean => step.status === "succeeded" || wentOn(step) === "default";

/** The ways out of a step, as a person calls them. */
function waysOf({ graph, types, used }: Again, path: string, type: StepType, language: string): Port[] {
  const node = levelsOf({ graph, types, used }, path)?.at(-1)?.node;
  if (!node) return [];
  const own = wordsOf(type, language);
  return portsOf(node, types, {}).map(({ name, title }) => ({
    name,
    title: title || own.port(name) || name,
  }));
}

const editOf = (config: ReturnType<typeof changedFields>): StepEdit | null =>
  Object.keys(config).length > 0 ? { config } : null;

/** What a step gives, with nothing in it: of one that has failed. */
const emptyOf = (schema: ResultWords["outputSchema"]): Json =>
  Object.fromEntries(Object.keys(objectOf(schema.properties)).map((name) => [name, null]));

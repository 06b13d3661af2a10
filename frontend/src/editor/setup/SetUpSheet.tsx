import { type KeyboardEvent, type RefObject, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Json, Model } from "@/api/types";
import { titleOf, wordsOf } from "@/flow-kit/stepTypes";
import { FormWorldContext, type UsualModels } from "@/forms/info";
import { fieldId, SchemaForm } from "@/forms/SchemaForm";
import { inLanguage } from "@/i18n/language";
import { Button, Dialog } from "@/ui";
import { useDraft, useEditor } from "../context";
import { setField } from "../edits";
import { focusField } from "../focusField";
import { useFormWorldOf } from "../useFormWorld";
import { BetterModel } from "./BetterModel";
import { type Asked, askedOf, formOf } from "./questions";
import css from "./SetUpSheet.module.css";

export interface SetUpSheetProps {
  models: readonly Model[];
  usual: UsualModels;
  onClose: () => void;
}

const TYPED = "input:not([type=checkbox]):not([type=radio]), textarea, [contenteditable=true]";
const MENU = "[role=dialog] [role=listbox]";

/**
 * The few questions that make an app one's own, one after another. What stands there works already; each answer is a
 * setting of a step, kept while it is typed, as in that step's own form.
 */
export default function SetUpSheet({ models, usual, onClose }: SetUpSheetProps) {
  const { t } = useTranslation("editor");
  const { setup, types } = useEditor();
  const graph = useDraft((s) => s.graph);
  const [place, setPlace] = useState(0);
  const next = useRef<HTMLButtonElement>(null);
  const all = askedOf(setup, graph, types);
  const at = Math.min(place, all.length - 1);
  const asked = all[at];
  const isLast = at === all.length - 1;
  if (!asked) return null;
  const goOn = () => (isLast ? onClose() : setPlace(at + 1));
  const onKey = (event: KeyboardEvent) => {
    const isMeant = event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing;
    // Enter chooses in an open menu, and presses a button that has the focus.
    if (!isMeant || !(event.target as Element).matches(TYPED) || document.querySelector(MENU)) return;
    event.preventDefault();
    event.stopPropagation();
    goOn();
  };
  return (
    <Dialog
      open
      isSide
      onOpenChange={onClose}
      needsEscape={() => document.querySelector(MENU) !== null}
      title={t("setUp.title")}
      description={t("setUp.text")}
      footer={
        <>
          <Button look="quiet" className={css.skip} onClick={onClose}>
            {t("setUp.skip")}
          </Button>
          {at > 0 && <Button onClick={() => setPlace(at - 1)}>{t("setUp.back")}</Button>}
          <Button look="primary" ref={next} onClick={goOn}>
            {isLast ? t("setUp.done") : t("setUp.next")}
          </Button>
        </>
      }
    >
      <p className={css.progress} role="status">
        {t("setUp.progress", { number: at + 1, all: all.length })}
      </p>
      {/* Enter is caught before the field itself begins a new line with it. */}
      <form onSubmit={(event) => event.preventDefault()} onKeyDownCapture={onKey}>
        <Question key={at} asked={asked} next={next} models={models} usual={usual} />
      </form>
      <BetterModel models={models} usual={usual} />
    </Dialog>
  );
}

interface QuestionProps extends Omit<SetUpSheetProps, "onClose"> {
  asked: Asked;
  next: RefObject<HTMLButtonElement | null>;
}

function Question({ asked: { question, node, type }, next, models, usual }: QuestionProps) {
  const { t, i18n } = useTranslation("editor");
  const box = useRef<HTMLDivElement>(null);
  const id = `setup-${node.id}`;
  const field = fieldId(id, question.field);
  const { store, world, types } = useEditor();
  const { language } = i18n;
  const words = {
    title: inLanguage(question.label, language),
    description: t("setUp.example", { example: inLanguage(question.example, language) }),
  };
  const change = (name: string, value: Json | undefined) =>
    store
      .getState()
      .edit((graph) => setField(graph, node.id, name, value, world()), { merge: `${node.id}.${name}` });

  useEffect(() => {
    void focusAnswer(box.current, field, next.current);
  }, [field, next]);

  return (
    <FormWorldContext value={useFormWorldOf(node.id, models, usual)}>
      <div ref={box}>
        <SchemaForm
          id={id}
          schema={formOf({ question, type })}
          value={node.config}
          onChange={change}
          words={(name) =>
            name === question.field
              ? { ...wordsOf(type, language).field(name), ...words }
              : wordsOf(type, language).field(name)
          }
        />
      </div>
      <p className={css.where}>{t("setUp.where", { step: titleOf(node, types, language) })}</p>
    </FormWorldContext>
  );
}

/** Where one types, the focus goes; else to the button that leads on, so that Enter does that in any case. */
async function focusAnswer(
  box: HTMLElement | null,
  id: string,
  next: HTMLButtonElement | null,
): Promise<void> {
  await focusField(box, id);
  if (!document.activeElement?.matches(TYPED) || !box?.contains(document.activeElement)) next?.focus();
}

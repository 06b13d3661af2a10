import { Check, CloudOff, TriangleAlert } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "zustand";
import { wordsOfThrown } from "@/i18n/errorWords";
import { Button, Dialog } from "@/ui";
import { useEditor } from "./context";
import css from "./SaveState.module.css";

/** *Saved*, *Saving*, or why not. */
export function SaveState() {
  const { t } = useTranslation("editor");
  const { autosave } = useEditor();
  const state = useStore(autosave);
  // The conflict that the person has put off, by the revision it is about; the next one asks again.
  const [putOff, setPutOff] = useState<number | null>(null);
  const theirs = state.kind === "conflict" ? state.theirs.revision : null;
  const isAsked = theirs !== null && theirs !== putOff;
  const isQuiet = state.kind === "saved" || state.kind === "saving" || state.kind === "waiting";
  const text = {
    saved: t("save.saved"),
    saving: t("save.saving"),
    waiting: t("save.saving"),
    offline: t("save.offline"),
    refused: t("save.refused"),
    conflict: t("save.conflict"),
  }[state.kind];
  const why = state.kind === "refused" ? ` ${wordsOfThrown(state.error).message}` : "";
  const Icon = state.kind === "offline" ? CloudOff : isQuiet ? Check : TriangleAlert;
  return (
    <>
      <span className={css.state} data-kind={state.kind} role="status">
        {state.kind !== "saving" && state.kind !== "waiting" && <Icon aria-hidden="true" />}
        <span>{text + why}</span>
      </span>
      {theirs !== null && !isAsked && (
        <Button size="s" onClick={() => setPutOff(null)}>
          {t("conflict.choose")}
        </Button>
      )}
      <Dialog
        open={isAsked}
        // Closing it is no answer: nothing is saved, and both drafts are kept, until there is one.
        onOpenChange={(open) => setPutOff(open ? null : theirs)}
        title={t("conflict.title")}
        description={t("conflict.text")}
        footer={
          <>
            <Button onClick={() => autosave.takeTheirs()}>{t("conflict.theirs")}</Button>
            <Button look="primary" onClick={() => autosave.keepMine()}>
              {t("conflict.mine")}
            </Button>
          </>
        }
      >
        <p className={css.note}>{t("conflict.note")}</p>
      </Dialog>
    </>
  );
}

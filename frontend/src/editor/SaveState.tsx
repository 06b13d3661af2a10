import { Check, CloudOff, TriangleAlert } from "lucide-react";
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
  const isQuiet = state.kind === "saved" || state.kind === "saving" || state.kind === "waiting";
  const text = {
    saved: t("save.saved"),
    saving: t("save.saving"),
    waiting: t("save.saving"),
    offline: t("save.offline"),
    refused: t("save.refused"),
    conflict: t("save.conflict"),
  }[state.kind];
  const Icon = state.kind === "offline" ? CloudOff : isQuiet ? Check : TriangleAlert;
  return (
    <>
      <span
        className={css.state}
        data-kind={state.kind}
        role="status"
        title={state.kind === "refused" ? wordsOfThrown(state.error).message : undefined}
      >
        {state.kind !== "saving" && state.kind !== "waiting" && <Icon aria-hidden="true" />}
        <span>{state.kind === "refused" ? `${text} ${wordsOfThrown(state.error).message}` : text}</span>
      </span>
      <ConflictDialog />
    </>
  );
}

/** Two people, or two tabs, have changed the same app: nothing is overwritten before the person has chosen. */
function ConflictDialog() {
  const { t } = useTranslation("editor");
  const { autosave } = useEditor();
  const isOpen = useStore(autosave, (s) => s.kind === "conflict");
  return (
    <Dialog
      open={isOpen}
      // Closing it is no answer; both drafts are kept until there is one.
      onOpenChange={() => {}}
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
  );
}

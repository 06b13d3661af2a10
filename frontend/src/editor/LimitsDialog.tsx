import { useTranslation } from "react-i18next";
import { useMay } from "@/api/may";
import type { RunLimits } from "@/api/types";
import { Dialog, Field, NumberField } from "@/ui";
import { useDraft, useEditor, useUi } from "./context";
import css from "./LimitsDialog.module.css";
import { LIMITS, limitOf, withLimit } from "./limits";
import { useProblemWords } from "./problemWords";

/** What one run of the app may take at most. What is left empty is limited by the installation alone. */
export function LimitsDialog({ maximum }: { maximum: RunLimits }) {
  const { t, i18n } = useTranslation("editor");
  const { ui, store } = useEditor();
  const isOpen = useUi((s) => s.isLimitsOpen);
  const limits = useDraft((s) => s.graph.limits);
  const problems = useDraft((s) => s.problems);
  const words = useProblemWords();
  const mayEdit = useMay().edit;
  const number = new Intl.NumberFormat(i18n.language);
  return (
    <Dialog
      open={isOpen}
      onOpenChange={(open) => ui.setState({ isLimitsOpen: open })}
      title={t("limits.title")}
      description={t("limits.text")}
    >
      <fieldset disabled={!mayEdit} className={css.all}>
        {LIMITS.map(({ name, least, isWhole, step }) => {
          const most = maximum[name] ?? null;
          const fault = problems.find((p) => limitOf(p) === name);
          return (
            <Field
              key={name}
              label={t(`limits.${name}`)}
              help={most === null ? t("limits.none") : t("limits.most", { most: number.format(most) })}
              error={fault && words(fault).message}
            >
              {(control) => (
                <NumberField
                  {...control}
                  value={limits?.[name] ?? null}
                  min={least}
                  step={step}
                  placeholder={most === null ? t("limits.free") : number.format(most)}
                  onChange={(value) =>
                    store.getState().edit(
                      (graph) => ({
                        ...graph,
                        limits: withLimit(graph.limits, name, value && isWhole ? Math.round(value) : value),
                      }),
                      { merge: `limits.${name}` },
                    )
                  }
                />
              )}
            </Field>
          );
        })}
      </fieldset>
    </Dialog>
  );
}

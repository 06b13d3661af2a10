import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { models } from "@/api/endpoints";
import { modelsQuery } from "@/api/queries";
import type { Model, ModelKind, ModelsPage } from "@/api/types";
import { toastFault } from "@/faults/toastFault";
import { Field, Section, Select, toast } from "@/ui";
import { MEDIA_KINDS } from "./connectForm";
import css from "./models.module.css";
import { useModelName } from "./useModelName";

/** For each kind of work the model that steps use when they name none. */
export function DefaultModels({ page, disabled }: { page: ModelsPage; disabled: boolean }) {
  const { t } = useTranslation("models");
  const nameOf = useModelName(page.models);
  return (
    <Section card title={t("default.title")}>
      <div className={css.defaults}>
        {page.kinds.map(({ kind, default: chosen }) => {
          const choices = page.models.filter((model) => model.kind === kind);
          // Nobody has to think of what nothing here does.
          if (choices.length === 0 && MEDIA_KINDS.some((each) => each === kind)) return null;
          const shown = { kind, chosen, choices, nameOf, disabled };
          return <DefaultModel key={kind} {...shown} />;
        })}
      </div>
    </Section>
  );
}

interface DefaultModelProps {
  kind: ModelKind;
  chosen: string;
  choices: readonly Model[];
  nameOf: (model: string) => string;
  disabled: boolean;
}

function DefaultModel({ kind, chosen, choices, nameOf, disabled }: DefaultModelProps) {
  const { t } = useTranslation("models");
  const queries = useQueryClient();
  const change = useMutation({
    mutationFn: (model: string) => models.setDefault(model, kind),
    onSuccess: (page, id) => {
      queries.setQueryData(modelsQuery.queryKey, page);
      toast.done(id ? t("default.saved", { name: nameOf(id) }) : t("default.savedNone"));
    },
    onError: toastFault,
  });
  return (
    <Field label={t(`default.${kind}`)} help={t(`default.${kind}Help`)}>
      {(control) => (
        <Select
          {...control}
          disabled={disabled || change.isPending}
          value={change.isPending ? change.variables : chosen}
          onChange={(model) => change.mutate(model)}
          options={[
            // None of this kind comes along.
            ...(kind !== "chat" && kind !== "embedding" ? [{ value: "", label: t("default.none") }] : []),
            ...choices.map((model) => ({
              value: model.id,
              label: nameOf(model.id),
              hint: model.connection ?? (model.is_local ? t("default.here") : undefined),
            })),
          ]}
        />
      )}
    </Field>
  );
}

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { models } from "@/api/endpoints";
import { modelsQuery } from "@/api/queries";
import type { Model, ModelKind, ModelsPage } from "@/api/types";
import { toastFault } from "@/faults/toastFault";
import { Field, Section, Select, toast } from "@/ui";
import css from "./models.module.css";

/** For each kind of work the model that steps use when they name none. */
export function DefaultModels({ page, disabled }: { page: ModelsPage; disabled: boolean }) {
  const { t } = useTranslation("models");
  return (
    <Section card title={t("default.title")}>
      <div className={css.defaults}>
        {page.kinds.map(({ kind, default: chosen }) => (
          <DefaultModel
            key={kind}
            kind={kind}
            chosen={chosen}
            choices={page.models.filter((model) => model.kind === kind)}
            disabled={disabled}
          />
        ))}
      </div>
    </Section>
  );
}

interface DefaultModelProps {
  kind: ModelKind;
  chosen: string;
  choices: readonly Model[];
  disabled: boolean;
}

function DefaultModel({ kind, chosen, choices, disabled }: DefaultModelProps) {
  const { t } = useTranslation("models");
  const { t: common } = useTranslation("common");
  const queries = useQueryClient();
  const nameOf = (model: Model) => (model.is_practice ? common("practiceModel") : model.title);
  const change = useMutation({
    mutationFn: (model: string) => models.setDefault(model, kind),
    onSuccess: (page, id) => {
      queries.setQueryData(modelsQuery.queryKey, page);
      const model = choices.find((each) => each.id === id);
      if (model) toast.done(t("default.saved", { name: nameOf(model) }));
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
          options={choices.map((model) => ({
            value: model.id,
            label: nameOf(model),
            hint: model.connection ?? (model.is_local ? t("default.here") : undefined),
          }))}
        />
      )}
    </Field>
  );
}

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { models } from "@/api/endpoints";
import { modelsQuery } from "@/api/queries";
import type { Model, ModelsPage } from "@/api/types";
import { toastFault } from "@/faults/toastFault";
import { Field, Section, Select, toast } from "@/ui";
import css from "./models.module.css";

export function DefaultModel({ page, disabled }: { page: ModelsPage; disabled: boolean }) {
  const { t } = useTranslation("models");
  const { t: common } = useTranslation("common");
  const queries = useQueryClient();
  const nameOf = (model: Model) => (model.is_practice ? common("practiceModel") : model.title);
  const change = useMutation({
    mutationFn: (model: string) => models.setDefault(model),
    onSuccess: (_, chosen) => {
      queries.setQueryData(modelsQuery.queryKey, (old) => old && { ...old, default: chosen });
      const model = page.models.find(({ id }) => id === chosen);
      if (model) toast.done(t("default.saved", { name: nameOf(model) }));
    },
    onError: toastFault,
  });
  return (
    <Section card title={t("default.title")}>
      <div className={css.narrow}>
        <Field hideLabel label={t("default.title")} help={t("default.help")}>
          {(control) => (
            <Select
              {...control}
              disabled={disabled || change.isPending}
              value={change.isPending ? change.variables : page.default}
              onChange={(model) => change.mutate(model)}
              options={page.models
                .filter((model) => model.kind === "chat")
                .map((model) => ({
                  value: model.id,
                  label: nameOf(model),
                  hint: model.connection ?? undefined,
                }))}
            />
          )}
        </Field>
      </div>
    </Section>
  );
}

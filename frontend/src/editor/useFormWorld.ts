import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/may";
import { environmentQuery } from "@/api/queries";
import type { Model } from "@/api/types";
import type { FormWorld, UsualModels } from "@/forms/info";
import { valueAt } from "@/runs/answer";
import { givenBy } from "@/runs/handled";
import { useRun } from "@/runs/runStore";
import { useDraft, useEditor } from "./context";
import { scopesOf } from "./scope";

/** What surrounds a step's form. The scope is worked out once per graph. */
export function useFormWorldOf(step: string, models: readonly Model[], usual: UsualModels): FormWorld {
  const { types } = useEditor();
  const { t, i18n } = useTranslation("editor");
  const graph = useDraft((s) => s.graph);
  const shapes = useDraft((s) => s.shapes);
  const { language } = i18n;
  const mayEdit = useMay().edit;
  const shared = useQuery({ ...environmentQuery, enabled: mayEdit }).data?.variables;
  const scopes = useMemo(
    () =>
      scopesOf(graph, {
        types,
        shapes,
        language,
        variablesTitle: t("scope.variables"),
        conversationTitle: t("scope.conversation"),
        shared,
        sharedTitle: t("scope.environment"),
        ownTitle: t("scope.own"),
        failure: { message: t("failure.info.message"), code: t("failure.info.code") },
      }),
    [graph, types, shapes, language, shared, t],
  );
  const scope = scopes(step);
  const steps = useRun((s) => s.run.steps);
  const paths = useRun((s) => s.paths);
  return useMemo(
    () => ({
      ...scope,
      isReadOnly: !mayEdit,
      sharesNothing: shared?.length === 0,
      models,
      usual,
      lastValue: (node, path) => valueAt(givenBy(steps[paths.get(node) ?? node]), path),
    }),
    [scope, mayEdit, shared, models, usual, steps, paths],
  );
}

import type { TFunction } from "i18next";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Model } from "@/api/types";
import { ERROR_PORT, nodeById, OUT_PORT } from "@/flow-kit/graph";
import { titleOf } from "@/flow-kit/stepTypes";
import { BUILT_IN } from "@/forms/documentFilter";
import { findInfo } from "@/forms/info";
import { useAppNames } from "./appNames";
import { type DrawnWorld, useDrawn } from "./context";
import { usePolicyWords } from "./failure/usePolicyWords";
import type { FlowWords } from "./flow";
import { useProblemWords } from "./problemWords";
import { CONVERSATION, describe, VARIABLES } from "./scope";

/** The words a drawing needs, in the reader's language. New only when the language or the models change. */
export function useFlowWords(models: readonly Model[], defaultModel: string): FlowWords {
  const drawn = useDrawn();
  const { t, i18n } = useTranslation("editor");
  const problem = useProblemWords();
  const policy = usePolicyWords("card");
  const apps = useAppNames();
  const { language } = i18n;
  return useMemo((): FlowWords => {
    const and = new Intl.ListFormat(language, { type: "conjunction" });
    const onlyWay = t("port.out");
    return {
      info: (node, path) => infoTitle(drawn, node, path, language, t),
      model(id) {
        const model = models.find((m) => m.id === (id || defaultModel));
        if (model?.is_practice) return t("sentence.practice");
        if (!id) return model ? model.title : t("sentence.usualModel");
        return model?.title ?? id;
      },
      app: (id) => apps.get(id) ?? t("sentence.appGone"),
      version: (number) =>
        number === null ? t("sentence.latestVersion") : t("sentence.version", { number }),
      list: (items) => and.format(items),
      condition: (field, operator, value) =>
        t("sentence.condition", {
          field: BUILT_IN.some(({ name }) => name === field)
            ? t(`fields.builtIn.${field as "name"}`, { ns: "knowledge" })
            : field,
          operator: t(`operators.${operator as "is"}`, { ns: "forms", defaultValue: operator }),
          value,
        }).trim(),
      yesNo: (value) => (value ? t("sentence.yes") : t("sentence.no")),
      nothing: "…",
      port: (name, index) =>
        name === OUT_PORT
          ? onlyWay
          : name === ERROR_PORT
            ? t("port.error")
            : t("port.path", { number: index + 1 }),
      problem: (p) => problem(p).message,
      policy,
      label: ({
        title,
        number,
        count,
        around,
        holds,
        group: name,
        after,
        before,
        problem: fault,
        policy: said,
        isPinned,
        inGroup,
      }) => {
        const group = t(`groups.${name as "Talk"}`);
        return [
          around
            ? t("label.stepInside", { title, number, steps: count, group, around })
            : t("label.step", { title, number, count, group }),
          inGroup !== null && t("label.inGroup", { title: inGroup || t("stepGroups.unnamed") }),
          holds !== null && (holds > 0 ? t("label.holds", { count: holds }) : t("label.holdsNone")),
          after.length > 0 && t("label.after", { titles: after.join(", ") }),
          before.length > 0 && t("label.before", { titles: before.join(", ") }),
          fault && t("label.problem", { problem: fault }),
          said && t("label.policy", { policy: said }),
          isPinned && t("label.pinned"),
        ]
          .filter(Boolean)
          .join(" ");
      },
      connection: (from, path, to) =>
        path ? t("label.connectionBy", { from, path, to }) : t("label.connection", { from, to }),
    };
  }, [drawn, t, language, models, defaultModel, problem, policy, apps]);
}

function infoTitle(
  { store, types }: DrawnWorld,
  id: string,
  path: readonly string[],
  language: string,
  t: TFunction<"editor">,
): string {
  const { graph, shapes } = store.getState();
  if (id === VARIABLES) return `[${[t("scope.variables"), ...path].join(" · ")}]`;
  if (id === CONVERSATION) return `[${[t("scope.conversation"), ...path].join(" · ")}]`;
  const node = nodeById(graph, id);
  if (!node) {
    const isOwn = Object.values(shapes).some((shape) => id in (shape.own ?? {}));
    return isOwn ? `[${[t("scope.own"), ...path].join(" · ")}]` : "…";
  }
  const failure = { message: t("failure.info.message"), code: t("failure.info.code") };
  const world = { types, shapes, language, failure };
  // A frame gives one thing to what follows it, another to the steps inside; the names tell them apart.
  const steps = [describe(graph, id, world, "inside"), describe(graph, id, world)].filter((s) => s !== null);
  const known = steps.map((step) => findInfo([step], { node: id, path })).find((found) => found !== null);
  const title = titleOf(node, types, language);
  return known?.title ? `[${title} · ${known.title}]` : `[${title}]`;
}

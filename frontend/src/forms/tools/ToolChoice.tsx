import { useQuery } from "@tanstack/react-query";
import { ArrowUpRight } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { toolSourcesQuery } from "@/api/queries";
import type { Json, SourceTool, ToolSource } from "@/api/types";
import { FaultBanner } from "@/faults/FaultBanner";
import { Button, Select, Skeleton } from "@/ui";
import { objectOf, textOf } from "../schema";
import css from "../widgets/WorkflowWidget.module.css";
import type { WidgetProps } from "../widgets/widget";

/** A tool of a connected source. What is known of it goes into the settings, so that a version stays what it is. */
export default function ToolChoice({ value, onChange, control }: WidgetProps) {
  const { t } = useTranslation("forms");
  const { data, error, refetch } = useQuery(toolSourcesQuery);
  if (error && !data) return <FaultBanner error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton className={css.waiting} />;
  const { source, name, title, digest, effect } = objectOf(value);
  const chosen = textOf(name) ? keyOf(textOf(source), textOf(name)) : "";
  const all = data.sources.flatMap((from) => from.tools.map((tool) => ({ from, tool })));
  const found = all.find(({ from, tool }) => keyOf(from.id, tool.name) === chosen);
  const groups = data.sources
    .map((from) => ({
      group: from.name,
      options: from.tools
        .filter((tool) => tool.state === "ready" || keyOf(from.id, tool.name) === chosen)
        .map((tool) => ({ value: keyOf(from.id, tool.name), label: tool.title || tool.name })),
    }))
    .filter(({ options }) => options.length > 0);
  if (chosen && !found) {
    groups.push({
      group: t("tools.gone"),
      options: [{ value: chosen, label: textOf(title) || textOf(name) }],
    });
  }
  const choose = (key: string) => {
    const next = all.find(({ from, tool }) => keyOf(from.id, tool.name) === key);
    if (next) onChange(settingsOf(next.from, next.tool));
  };
  const isOutdated =
    found?.tool.state === "ready" && (found.tool.digest !== digest || found.tool.effect !== effect);
  return (
    <div className={css.app} id={groups.length === 0 ? control.id : undefined} tabIndex={-1}>
      {groups.length > 0 ? (
        <Select
          {...control}
          value={chosen}
          placeholder={t("tools.choose")}
          onChange={choose}
          options={groups}
        />
      ) : (
        <p className={css.quiet}>{t("tools.none")}</p>
      )}
      {isOutdated && (
        <div className={css.either}>
          <p className={css.quiet}>{t("tools.outdated")}</p>
          <Button size="s" onClick={() => choose(chosen)}>
            {t("tools.takeOver")}
          </Button>
        </div>
      )}
      <Link className={css.open} to="/tools">
        {t("tools.open")}
        <ArrowUpRight aria-hidden="true" />
      </Link>
    </div>
  );
}

const keyOf = (source: string, tool: string): string => `${source} ${tool}`;

const settingsOf = (source: ToolSource, tool: SourceTool): Json => ({
  source: source.id,
  name: tool.name,
  title: tool.title,
  description: tool.description,
  input_schema: tool.input_schema,
  digest: tool.digest,
  effect: tool.effect,
});

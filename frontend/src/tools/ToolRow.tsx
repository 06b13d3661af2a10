import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { toolSourcesQuery } from "@/api/queries";
import type { SourceTool, ToolSource } from "@/api/types";
import { toastFault } from "@/faults/toastFault";
import { takenBy } from "@/forms/tools/taken";
import { Badge, Button, Disclosure, Select, Switch } from "@/ui";
import { toolSources } from "./endpoints";
import { routeOf } from "./operations";
import { ReviewDialog } from "./ReviewDialog";
import { TryDialog } from "./TryDialog";
import css from "./tools.module.css";

export interface ToolRowProps {
  source: ToolSource;
  tool: SourceTool;
  mayChange: boolean;
  isOwner: boolean;
}

const TONES = { ready: "ok", off: "neutral", changed: "warn", new: "info", gone: "neutral" } as const;

/** One tool: whether it is used, what it does to the world, and what its source says of it. */
export function ToolRow({ source, tool, mayChange, isOwner }: ToolRowProps) {
  const { t } = useTranslation("tools");
  const queries = useQueryClient();
  const [open, setOpen] = useState<"review" | "try">();
  const name = tool.title || tool.name;
  const change = useMutation({
    mutationFn: (body: { is_enabled?: boolean; effect?: "read" | "write" }) =>
      toolSources.changeTool(source.id, tool.id, body),
    onSuccess: () => queries.invalidateQueries({ queryKey: toolSourcesQuery.queryKey }),
    onError: toastFault,
  });
  const waits = tool.state === "changed" || tool.state === "new";
  const taken = takenBy(tool.input_schema);
  return (
    <div className={css.tool}>
      <div className={css.head}>
        {mayChange && tool.state !== "gone" ? (
          <Switch
            checked={tool.is_enabled && !waits}
            disabled={waits || change.isPending}
            onChange={(is_enabled) => change.mutate({ is_enabled })}
            label={<span className={css.name}>{name}</span>}
          />
        ) : (
          <span className={css.name}>{name}</span>
        )}
        <Badge tone={TONES[tool.state]}>{t(`tool.${tool.state}`)}</Badge>
        <span className={css.spring} />
        {isOwner ? (
          <Select
            aria-label={t("tool.effect", { name })}
            className={css.effect}
            value={tool.effect}
            disabled={change.isPending}
            onChange={(effect) => change.mutate({ effect: effect === "read" ? "read" : "write" })}
            options={[
              { value: "write", label: t("tool.write") },
              {
                value: "read",
                label: t("tool.read"),
                hint: tool.says_reads ? t("tool.saysReads") : undefined,
              },
            ]}
          />
        ) : (
          <span className={css.quiet}>{t(`tool.${tool.effect}`)}</span>
        )}
        {mayChange && waits && (
          <Button size="s" look="primary" onClick={() => setOpen("review")}>
            {t(tool.state === "new" ? "tool.reviewNew" : "tool.review")}
          </Button>
        )}
        {mayChange && tool.state === "ready" && (
          <Button size="s" aria-label={`${t("try.open")}: ${name}`} onClick={() => setOpen("try")}>
            {t("try.open")}
          </Button>
        )}
      </div>
      {tool.description && <p className={css.summary}>{tool.description}</p>}
      <Disclosure label={t("tool.details", { name })}>
        {tool.request && <code className={css.quiet}>{routeOf(tool)}</code>}
        <p className={css.quiet}>{t(tool.description ? "tool.strangers" : "tool.noWords")}</p>
        {tool.description && <p className={css.said}>{tool.description}</p>}
        <h3 className={css.quiet}>{t("tool.takes")}</h3>
        {taken.length === 0 && <p>{t("tool.takesNothing")}</p>}
        <ul className={css.taken}>
          {taken.map((one) => (
            <li key={one.name}>
              <code>{one.name}</code>
              {one.isRequired && <span className={css.quiet}> ({t("tool.required")})</span>}
              {one.text && ` – ${one.text}`}
            </li>
          ))}
        </ul>
        <p className={css.quiet}>{t("tool.effectHelp")}</p>
      </Disclosure>
      {open === "review" && <ReviewDialog source={source} tool={tool} onClose={() => setOpen(undefined)} />}
      {open === "try" && <TryDialog source={source} tool={tool} onClose={() => setOpen(undefined)} />}
    </div>
  );
}

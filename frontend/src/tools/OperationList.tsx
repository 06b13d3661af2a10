import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { SourceTool } from "@/api/types";
import { Badge, Button, Field, Input } from "@/ui";
import { found, routeOf, saidNow } from "./operations";
import css from "./tools.module.css";

export interface OperationListProps {
  tools: SourceTool[];
  /** Ids of those that are chosen. */
  chosen: ReadonlySet<string>;
  onChange: (chosen: ReadonlySet<string>) => void;
}

/** All operations of a service with check marks, and a box to find some of them. */
export function OperationList({ tools, chosen, onChange }: OperationListProps) {
  const { t } = useTranslation("tools");
  const [text, setText] = useState("");
  const shown = found(tools, text);
  const all = found(tools, "");
  const withAll = (ids: string[], isChosen: boolean) => {
    const next = new Set(chosen);
    for (const id of ids) {
      if (isChosen) next.add(id);
      else next.delete(id);
    }
    onChange(next);
  };
  const ids = shown.map(({ id }) => id);
  return (
    <fieldset className={css.operations}>
      <legend>
        {t("operations.title")}{" "}
        <span className={css.quiet}>
          {t("operations.chosen", { chosen: all.filter(({ id }) => chosen.has(id)).length, all: all.length })}
        </span>
      </legend>
      <Field label={t("operations.find")} hideLabel>
        {(control) => (
          <Input
            {...control}
            type="search"
            value={text}
            placeholder={t("operations.find")}
            onChange={({ target }) => setText(target.value)}
            // Enter looks for nothing more, and would send the form.
            onKeyDown={(event) => event.key === "Enter" && event.preventDefault()}
          />
        )}
      </Field>
      <div className={css.actions}>
        <Button size="s" onClick={() => withAll(ids, true)}>
          {t(text ? "operations.allFound" : "operations.all")}
        </Button>
        <Button size="s" onClick={() => withAll(ids, false)}>
          {t(text ? "operations.noneFound" : "operations.none")}
        </Button>
        <Button
          size="s"
          onClick={() => onChange(new Set(all.filter((tool) => tool.says_reads).map(({ id }) => id)))}
        >
          {t("operations.reading")}
        </Button>
      </div>
      {shown.length === 0 && <p className={css.quiet}>{t("operations.nothing")}</p>}
      <ul className={css.choices}>
        {shown.map((tool) => {
          const now = saidNow(tool);
          return (
            <li key={tool.id}>
              <label className={css.choice}>
                <input
                  type="checkbox"
                  checked={chosen.has(tool.id)}
                  onChange={({ target }) => withAll([tool.id], target.checked)}
                />
                <span className={css.words}>
                  <span>
                    {now.title || tool.name}{" "}
                    {(tool.state === "new" || tool.state === "changed") && (
                      <Badge tone={tool.state === "new" ? "info" : "warn"}>{t(`tool.${tool.state}`)}</Badge>
                    )}
                  </span>
                  <code className={css.quiet}>{routeOf(now)}</code>
                  {now.description && <span className={css.summary}>{now.description}</span>}
                </span>
              </label>
            </li>
          );
        })}
      </ul>
    </fieldset>
  );
}

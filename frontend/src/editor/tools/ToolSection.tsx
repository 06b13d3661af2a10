import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/may";
import type { GraphNode } from "@/api/types";
import { Field, Input, Textarea } from "@/ui";
import { useDraft, useEditor } from "../context";
import css from "./Tools.module.css";
import { agentAround, isToolName, setTool, type ToolUse } from "./tools";
import { UseSelect } from "./UseSelect";

/** *As a tool*: what the agent around a step is told of it, and how far it may use it by itself. */
export function ToolSection({ node }: { node: GraphNode }) {
  const { t } = useTranslation("editor");
  const { store, types } = useEditor();
  const mayEdit = useMay().edit;
  const agent = useDraft((s) => agentAround(s.graph, node.id, types));
  const [typed, setTyped] = useState<string | null>(null);
  if (!agent || !types.get(node.type)?.tool) return null;
  const { tool } = node;
  const change = (said: Partial<ToolUse>) =>
    store
      .getState()
      .edit((g) => setTool(g, node.id, said), { merge: `${node.id}.tool.${Object.keys(said).join()}` });
  const name = typed ?? tool?.name ?? "";
  const isWrong = name !== "" && !isToolName(name);
  return (
    <section className={css.section} aria-label={t("tools.title")}>
      <h3 className={css.title}>{t("tools.title")}</h3>
      <fieldset className={css.all} disabled={!mayEdit}>
        <Field label={t("tools.use.label")} help={t("tools.openHelp")}>
          {(control) => (
            <UseSelect
              {...control}
              use={tool?.use ?? null}
              disabled={!mayEdit}
              onChange={(use) => change({ use })}
            />
          )}
        </Field>
        <Field
          label={t("tools.name")}
          help={t("tools.nameHelp")}
          error={isWrong ? t("tools.nameWrong") : undefined}
        >
          {(control) => (
            <Input
              {...control}
              value={name}
              maxLength={64}
              placeholder="look_up_order"
              onChange={(event) => {
                const next = event.target.value.trim();
                // A name that no model takes would be refused with the whole draft, so it stays here until it is one.
                setTyped(next);
                if (next === "" || isToolName(next)) change({ name: next });
              }}
              onBlur={() => setTyped(null)}
            />
          )}
        </Field>
        <Field label={t("tools.description")} help={t("tools.descriptionHelp")}>
          {(control) => (
            <Textarea
              {...control}
              rows={3}
              value={tool?.description ?? ""}
              maxLength={1000}
              onChange={(event) => change({ description: event.target.value })}
            />
          )}
        </Field>
      </fieldset>
    </section>
  );
}

import { Plus } from "lucide-react";
import { useTranslation } from "react-i18next";
import { catalogue } from "@/api/endpoints";
import { useMay } from "@/api/may";
import type { GraphNode } from "@/api/types";
import { StepIcon } from "@/flow-kit/StepIcon";
import { groupOf, type StepType, takesTools, titleOf } from "@/flow-kit/stepTypes";
import { bodyOf } from "@/flow-kit/tree";
import { Button } from "@/ui";
import { useEditor } from "../context";
import { openPicker, openStep } from "../moves";
import css from "./Tools.module.css";
import { setTool } from "./tools";
import { UseSelect } from "./UseSelect";

/** The tools of an agent: each opens its own settings, and says here how far it may be used by itself. */
export function ToolList({ node, type }: { node: GraphNode; type: StepType }) {
  const { t, i18n } = useTranslation("editor");
  const editor = useEditor();
  const { types, store } = editor;
  const mayEdit = useMay().edit;
  if (!takesTools(type)) return null;
  const tools = bodyOf(node).nodes;
  return (
    <section className={css.section} aria-label={t("tools.list")}>
      <h3 className={css.title}>{t("tools.list")}</h3>
      {tools.length === 0 && <p className={css.quiet}>{t("tools.none")}</p>}
      <ul className={css.list}>
        {tools.map((tool) => {
          const kind = types.get(tool.type);
          const title = titleOf(tool, types, i18n.language);
          return (
            <li key={tool.id} className={css.tool}>
              <button type="button" className={css.open} onClick={() => openStep(editor, tool.id, null)}>
                <StepIcon icon={kind?.has_icon ? catalogue.iconUrl(kind.type) : ""} group={groupOf(kind)} />
                <span>{title}</span>
              </button>
              <UseSelect
                aria-label={t("tools.useOf", { title })}
                className={css.use}
                use={tool.tool?.use ?? null}
                disabled={!mayEdit}
                onChange={(use) =>
                  store.getState().edit((g) => setTool(g, tool.id, { use }), { merge: `${tool.id}.tool.use` })
                }
              />
            </li>
          );
        })}
      </ul>
      {mayEdit && (
        <Button
          size="s"
          icon={<Plus />}
          onClick={(event) =>
            openPicker(
              editor,
              { kind: "inside", node: node.id },
              null,
              event.currentTarget.getBoundingClientRect(),
            )
          }
        >
          {t("tools.add")}
        </Button>
      )}
    </section>
  );
}

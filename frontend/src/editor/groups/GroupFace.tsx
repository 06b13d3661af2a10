import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { GroupProps } from "@/flow-kit/parts";
import { GRIP } from "@/flow-kit/sized";
import { tint } from "../colours";
import css from "./GroupFrame.module.css";

/** The frame of a group and its head, with what else stands there. */
export function GroupFace({ group, isFar, children }: GroupProps & { children?: ReactNode }) {
  const { t } = useTranslation("editor");
  const title = group.title || t("stepGroups.unnamed");
  return (
    // biome-ignore lint/a11y/useSemanticElements: a group of steps is not a form's fieldset
    <div
      className={css.group}
      style={tint(group.colour)}
      data-group={group.id}
      data-far={isFar || undefined}
      role="group"
      aria-label={t("stepGroups.label", { title, count: group.nodes.length })}
    >
      <div className={`${css.head} ${GRIP}`}>
        <span className={css.title} title={title}>
          {title}
        </span>
        {children}
      </div>
    </div>
  );
}

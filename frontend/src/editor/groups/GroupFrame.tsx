import { Group as GroupIcon } from "lucide-react";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/may";
import type { GroupProps } from "@/flow-kit/parts";
import { useEditor } from "../context";
import { openGroup } from "../moves";
import { GroupFace } from "./GroupFace";
import css from "./GroupFrame.module.css";

/** The frame of a group. Its head drags the steps in it along, and opens its name and colour. */
export const GroupFrame = memo(function GroupFrame({ group, isFar }: GroupProps) {
  const { t } = useTranslation("editor");
  const editor = useEditor();
  const mayEdit = useMay().edit;
  const label = t("stepGroups.open", { title: group.title || t("stepGroups.unnamed") });
  return (
    <GroupFace group={group} isFar={isFar}>
      {mayEdit && !isFar && (
        <button
          type="button"
          className={`${css.open} nodrag`}
          tabIndex={-1}
          aria-label={label}
          title={label}
          onClick={(event) => {
            event.stopPropagation();
            openGroup(editor, group.id);
          }}
        >
          <GroupIcon aria-hidden="true" />
        </button>
      )}
    </GroupFace>
  );
});

import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { catalogue } from "@/api/endpoints";
import type { Graph } from "@/api/types";
import { nodeById } from "@/flow-kit/graph";
import { StepIcon } from "@/flow-kit/StepIcon";
import { groupOf } from "@/flow-kit/stepTypes";
import { depthOf } from "@/flow-kit/tree";
import { Finder, Popover, PopoverAnchor, PopoverContent } from "@/ui";
import { useEditor, useUi } from "./context";
import { hasStart, homeFor, isToolPlace, type Place } from "./edits";
import { addPicked } from "./moves";
import { forAnything, pickerGroups } from "./picker";
import css from "./StepPicker.module.css";
import type { UiState } from "./ui";

const NARROW = 760;

/** The one picker of steps, wherever it was opened from. */
export function StepPicker() {
  const picker = useUi((s) => s.picker);
  const { ui } = useEditor();
  if (!picker) return null;
  const { x, y, width, height } = picker.anchor;
  return (
    <Popover open onOpenChange={(open) => !open && ui.setState({ picker: null })}>
      <PopoverAnchor asChild>
        <span className={css.anchor} style={{ left: x, top: y, width, height }} aria-hidden="true" />
      </PopoverAnchor>
      <PickerContent picker={picker} />
    </Popover>
  );
}

function PickerContent({ picker }: { picker: NonNullable<UiState["picker"]> }) {
  const { t, i18n } = useTranslation("editor");
  const editor = useEditor();
  const [query, setQuery] = useState("");
  const { graph } = editor.store.getState();
  const { found, instead } = useMemo(() => {
    const options = {
      hasStart: hasStart(graph, editor.types),
      isConnected: picker.place.kind !== "point",
      isAround: picker.place.kind === "around",
      depth: depthFor(graph, picker.place),
      isTool: isToolPlace(graph, picker.place, editor.types),
      isInLoop: homeFor(graph, picker.place).some(
        (id) => editor.types.get(nodeById(graph, id)?.type ?? "")?.is_loop,
      ),
    };
    const found = pickerGroups(editor.types, i18n.language, query, options);
    const instead = forAnything(pickerGroups(editor.types, i18n.language, "", options));
    return { found, instead };
  }, [editor, i18n.language, query, graph, picker]);
  const isFound = found.length > 0;
  return (
    <PopoverContent
      className={css.picker}
      // Where there is no room beside what it is about, it stands below.
      side={window.innerWidth < NARROW ? "bottom" : "right"}
      align="start"
      sideOffset={10}
      aria-label={t("picker.label")}
      onCloseAutoFocus={(event) => event.preventDefault()}
    >
      <Finder
        label={t("picker.label")}
        asks={t("picker.search")}
        query={query}
        onQuery={setQuery}
        groups={(isFound ? found : instead).map(({ group, entries }) => ({
          key: group,
          label: t(`groups.${group}`),
          options: entries,
        }))}
        keyOf={({ type }) => type.type}
        onChoose={({ type }) => addPicked(editor, type.type, picker.place)}
        nothing={isFound ? undefined : t(instead.length > 0 ? "picker.instead" : "picker.nothing", { query })}
        listClass={css.list}
      >
        {({ type, title, help }) => (
          <>
            <StepIcon icon={type.has_icon ? catalogue.iconUrl(type.type) : ""} group={groupOf(type)} />
            <span className={css.words}>
              <span className={css.title}>{title}</span>
              <span className={css.help}>{help}</span>
            </span>
          </>
        )}
      </Finder>
    </PopoverContent>
  );
}

/** How many frames there would be around or in each other, besides a new one. */
function depthFor(graph: Graph, place: Place): number {
  const held = place.kind === "around" ? place.nodes.map((id) => nodeById(graph, id)) : [];
  return homeFor(graph, place).length + Math.max(0, ...held.map((n) => (n ? depthOf(n) : 0)));
}

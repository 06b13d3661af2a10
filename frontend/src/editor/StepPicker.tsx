import { Search } from "lucide-react";
import { type KeyboardEvent, useId, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { catalogue } from "@/api/endpoints";
import type { Graph } from "@/api/types";
import { nodeById } from "@/flow-kit/graph";
import { StepIcon } from "@/flow-kit/StepIcon";
import { depthOf } from "@/flow-kit/tree";
import { Popover, PopoverAnchor, PopoverContent } from "@/ui";
import { useEditor, useUi } from "./context";
import { hasStart, homeFor, isToolPlace, type Place } from "./edits";
import { addPicked } from "./moves";
import { pickerGroups } from "./picker";
import css from "./StepPicker.module.css";
import type { UiState } from "./ui";

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
  const id = useId();
  const [query, setQuery] = useState("");
  const [active, setActive] = useState(0);
  const { graph } = editor.store.getState();
  const groups = useMemo(
    () =>
      pickerGroups(editor.types, i18n.language, query, {
        hasStart: hasStart(graph, editor.types),
        isConnected: picker.place.kind !== "point",
        isAround: picker.place.kind === "around",
        depth: depthFor(graph, picker.place),
        isTool: isToolPlace(graph, picker.place, editor.types),
        isInLoop: homeFor(graph, picker.place).some(
          (id) => editor.types.get(nodeById(graph, id)?.type ?? "")?.is_loop,
        ),
      }),
    [editor, i18n.language, query, graph, picker],
  );
  const flat = groups.flatMap((g) => g.entries);
  const choose = (index: number) => {
    const entry = flat[index];
    if (entry) addPicked(editor, entry.type.type, picker.place);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (move) setActive((active + move + flat.length) % Math.max(1, flat.length));
    else if (event.key === "Home") setActive(0);
    else if (event.key === "End") setActive(Math.max(0, flat.length - 1));
    else if (event.key === "Enter") choose(active);
    else return;
    event.preventDefault();
  };
  let index = -1;
  return (
    <PopoverContent
      className={css.picker}
      side="right"
      align="start"
      sideOffset={10}
      aria-label={t("picker.label")}
      onCloseAutoFocus={(event) => event.preventDefault()}
    >
      <div className={css.search}>
        <Search aria-hidden="true" />
        <input
          className={css.input}
          role="combobox"
          aria-label={t("picker.search")}
          aria-expanded="true"
          aria-controls={id}
          aria-activedescendant={flat.length > 0 ? `${id}-${active}` : undefined}
          placeholder={t("picker.search")}
          value={query}
          onChange={(event) => {
            setQuery(event.target.value);
            setActive(0);
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <div id={id} className={css.list} role="listbox" aria-label={t("picker.label")}>
        {groups.map(({ group, entries }) => (
          // biome-ignore lint/a11y/useSemanticElements: a group of options is not a form's fieldset
          <div key={group} role="group" aria-label={t(`groups.${group}`)}>
            <div className={css.group} aria-hidden="true">
              {t(`groups.${group}`)}
            </div>
            {entries.map((entry) => {
              index++;
              const own = index;
              return (
                // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the search, which names the active option
                // biome-ignore lint/a11y/useKeyWithClickEvents: the search's key handling moves and chooses
                <div
                  key={entry.type.type}
                  id={`${id}-${own}`}
                  className={css.option}
                  role="option"
                  aria-selected={own === active}
                  data-type={entry.type.type}
                  onPointerMove={() => own !== active && setActive(own)}
                  onClick={() => choose(own)}
                >
                  <StepIcon
                    icon={entry.type.has_icon ? catalogue.iconUrl(entry.type.type) : ""}
                    group={group}
                  />
                  <span className={css.words}>
                    <span className={css.title}>{entry.title}</span>
                    <span className={css.help}>{entry.help}</span>
                  </span>
                </div>
              );
            })}
          </div>
        ))}
        {flat.length === 0 && <p className={css.nothing}>{t("picker.nothing", { query })}</p>}
      </div>
    </PopoverContent>
  );
}

/** How many frames there would be around or in each other, besides a new one. */
function depthFor(graph: Graph, place: Place): number {
  const held = place.kind === "around" ? place.nodes.map((id) => nodeById(graph, id)) : [];
  return homeFor(graph, place).length + Math.max(0, ...held.map((n) => (n ? depthOf(n) : 0)));
}

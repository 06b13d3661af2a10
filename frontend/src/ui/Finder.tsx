import { Search } from "lucide-react";
import { type KeyboardEvent, type ReactNode, useId, useState } from "react";
import css from "./Finder.module.css";
import { intoView } from "./intoView";

export interface FoundGroup<T> {
  readonly key: string;
  readonly label: string;
  readonly options: readonly T[];
}

export interface FinderProps<T> {
  /** What the list is called. */
  label: string;
  /** What the field asks for. */
  asks: string;
  query: string;
  onQuery: (query: string) => void;
  groups: readonly FoundGroup<T>[];
  keyOf: (option: T) => string;
  onChoose: (option: T) => void;
  /** Said when nothing is found. What the groups hold then is offered instead, and not taken unasked. */
  nothing?: ReactNode;
  /** The list's own size. */
  listClass?: string;
  /** How an option looks. */
  children: (option: T) => ReactNode;
}

/** A field to search with and what it finds, by group. The focus stays in the field: arrows move, Enter chooses. */
export function Finder<T>({
  label,
  asks,
  query,
  onQuery,
  groups,
  keyOf,
  onChoose,
  nothing,
  listClass,
  children,
}: FinderProps<T>) {
  const id = useId();
  const [moved, setMoved] = useState<number | null>(null);
  const flat = groups.flatMap((group) => group.options);
  const active = moved ?? (nothing ? -1 : 0);
  const current = flat[active];
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    const to = placeAfter(event.key, active, flat.length);
    if (to !== null) setMoved(to);
    else if (event.key !== "Enter") return;
    else if (current !== undefined) onChoose(current);
    event.preventDefault();
  };
  let index = -1;
  return (
    <>
      <div className={css.search}>
        <Search aria-hidden="true" />
        <input
          className={css.input}
          role="combobox"
          aria-label={asks}
          aria-expanded="true"
          aria-controls={id}
          aria-activedescendant={current === undefined ? undefined : `${id}-${active}`}
          placeholder={asks}
          value={query}
          onChange={(event) => {
            onQuery(event.target.value);
            setMoved(null);
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      {nothing && <p className={css.nothing}>{nothing}</p>}
      <div id={id} className={listClass} role="listbox" aria-label={label}>
        {groups.map((group) => (
          // biome-ignore lint/a11y/useSemanticElements: options of a listbox go by groups, not by fieldsets
          <div key={group.key} role="group" aria-label={group.label}>
            <div className={css.group} aria-hidden="true">
              {group.label}
            </div>
            {group.options.map((option) => {
              index++;
              const own = index;
              return (
                // biome-ignore lint/a11y/useKeyWithClickEvents: the field's own key handling moves and chooses
                <div
                  key={keyOf(option)}
                  ref={own === active ? intoView : null}
                  id={`${id}-${own}`}
                  className={css.option}
                  role="option"
                  tabIndex={-1}
                  aria-selected={own === active}
                  onPointerMove={() => own !== active && setMoved(own)}
                  onMouseDown={(event) => event.preventDefault()}
                  onClick={() => onChoose(option)}
                >
                  {children(option)}
                </div>
              );
            })}
          </div>
        ))}
      </div>
    </>
  );
}

/** Where a key leads among `count` options; null for a key that does not move. */
function placeAfter(key: string, active: number, count: number): number | null {
  if (key === "ArrowDown") return (active + 1) % Math.max(1, count);
  if (key === "ArrowUp") return (Math.max(0, active) - 1 + count) % Math.max(1, count);
  if (key === "Home") return 0;
  return key === "End" ? Math.max(0, count - 1) : null;
}

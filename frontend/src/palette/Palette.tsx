import { useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation, useNavigate } from "react-router";
import { workflowsQuery } from "@/api/queries";
import { Dialog } from "@/ui";
import { found } from "./found";
import { type Offer, offersHere } from "./offers";
import css from "./Palette.module.css";

const PAGES = ["home", "inbox", "knowledge", "tools", "models", "settings"] as const;
const TABS = ["build", "runs", "share"] as const;

/** Everything that has a name: steps of the app on screen, other apps, pages, and what can be done here. */
export default function Palette({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("palette");
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const [query, setQuery] = useState("");
  const [active, setActive] = useState(0);
  const offers = useOffers();
  const groups = useMemo(() => found(offers, query), [offers, query]);
  const flat = groups.flatMap((group) => group.offers);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the list is scrolled when the active one changes
  useEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [active, groups]);

  const choose = (offer: Offer | undefined) => {
    if (!offer) return;
    onClose();
    // After the dialog has given back the focus, so that what opens may take it.
    setTimeout(offer.perform);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (move) setActive((active + move + flat.length) % Math.max(1, flat.length));
    else if (event.key === "Enter") choose(flat[active]);
    else return;
    event.preventDefault();
  };
  let index = -1;
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t("title")}>
      <input
        className={css.input}
        role="combobox"
        aria-label={t("search")}
        aria-expanded="true"
        aria-controls={id}
        aria-activedescendant={flat.length > 0 ? `${id}-${active}` : undefined}
        placeholder={t("search")}
        value={query}
        autoFocus
        onChange={(event) => {
          setQuery(event.target.value);
          setActive(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div ref={list} id={id} className={css.list} role="listbox" aria-label={t("title")}>
        {groups.map((group) => (
          // biome-ignore lint/a11y/useSemanticElements: a group of options is not a form's fieldset
          <div key={group.kind} role="group" aria-label={t(`kinds.${group.kind}`)}>
            <div className={css.kind} aria-hidden="true">
              {t(`kinds.${group.kind}`)}
            </div>
            {group.offers.map((offer) => {
              index++;
              const own = index;
              return (
                // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the search, which names the active option
                // biome-ignore lint/a11y/useKeyWithClickEvents: the search's key handling moves and chooses
                <div
                  key={`${offer.kind} ${own}`}
                  id={`${id}-${own}`}
                  className={css.option}
                  role="option"
                  aria-selected={own === active}
                  onPointerMove={() => own !== active && setActive(own)}
                  onClick={() => choose(offer)}
                >
                  <span className={css.title}>{offer.title}</span>
                  {offer.keys && <kbd className={css.keys}>{offer.keys}</kbd>}
                </div>
              );
            })}
          </div>
        ))}
        {flat.length === 0 && query && <p className={css.nothing}>{t("nothing", { query })}</p>}
      </div>
    </Dialog>
  );
}

/** What the page on screen offers, and the apps and pages there are anyway. */
function useOffers(): Offer[] {
  const { t } = useTranslation(["palette", "common"]);
  const go = useNavigate();
  const here = /^\/apps\/([^/]+)/.exec(useLocation().pathname)?.[1];
  const { data: apps } = useQuery(workflowsQuery);
  const [ofPage] = useState(offersHere);
  return useMemo(() => {
    const page = (title: string, to: string): Offer => ({
      kind: "page",
      title,
      perform: () => void go(to),
    });
    return [
      ...ofPage,
      ...(apps ?? []).map(
        ({ id, name }): Offer => ({
          kind: "app",
          title: name,
          perform: () => void go(`/apps/${id}/build`),
        }),
      ),
      ...(here
        ? TABS.map((tab) => page(t("ofThisApp", { page: t(`common:app.${tab}`) }), `/apps/${here}/${tab}`))
        : []),
      ...PAGES.map((name) => page(t(`common:nav.${name}`), name === "home" ? "/" : `/${name}`)),
    ];
  }, [ofPage, apps, here, go, t]);
}

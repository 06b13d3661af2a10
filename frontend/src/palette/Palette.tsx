import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation, useNavigate } from "react-router";
import { workflowsQuery } from "@/api/queries";
import { Dialog, Finder } from "@/ui";
import { found } from "./found";
import { type Offer, offersHere } from "./offers";
import css from "./Palette.module.css";

const PAGES = ["home", "templates", "inbox", "knowledge", "tools", "models", "settings"] as const;
const TABS = ["build", "runs", "insights", "share"] as const;

/** Everything that has a name: steps of the app on screen, other apps, pages, and what can be done here. */
export default function Palette({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("palette");
  const [query, setQuery] = useState("");
  const offers = useOffers();
  const places = useMemo(() => new Map(offers.map((offer, place) => [offer, `${place}`])), [offers]);
  const groups = useMemo(() => found(offers, query), [offers, query]);
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t("title")} focuses="input">
      <Finder
        label={t("title")}
        asks={t("search")}
        query={query}
        onQuery={setQuery}
        groups={groups.map(({ kind, offers }) => ({ key: kind, label: t(`kinds.${kind}`), options: offers }))}
        // Two offers may have the same name.
        keyOf={(offer) => places.get(offer) ?? offer.title}
        onChoose={(offer) => {
          onClose();
          // After the dialog has given back the focus, so that what opens may take it.
          setTimeout(offer.perform);
        }}
        nothing={query && groups.length === 0 ? t("nothing", { query }) : undefined}
        listClass={css.list}
      >
        {({ title, keys }) => (
          <>
            <span className={css.title}>{title}</span>
            {keys && <kbd className={css.keys}>{keys}</kbd>}
          </>
        )}
      </Finder>
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

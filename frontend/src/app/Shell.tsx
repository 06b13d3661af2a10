import { useQuery } from "@tanstack/react-query";
import clsx from "clsx";
import { Cpu, House, Inbox, LibraryBig, Plug, Settings } from "lucide-react";
import { type ReactNode, Suspense, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { NavLink, Outlet, useLocation } from "react-router";
import { inboxCountQuery } from "@/api/queries";
import { PaletteKey } from "@/palette/PaletteKey";
import { LoadingPage } from "./LoadingPage";
import css from "./Shell.module.css";

/** The frame of every page of the console: the rail at the left (below on a phone) and the page. */
export function Shell() {
  const { t } = useTranslation("common");
  const page = useFocusAfterNavigation();
  const { data: waiting } = useQuery(inboxCountQuery);
  return (
    <div className={css.shell}>
      <a className={css.skip} href="#page">
        {t("nav.skip")}
      </a>
      <nav className={css.rail} aria-label={t("nav.label")}>
        <RailLink to="/" icon={<House />} label={t("nav.home")} end />
        <RailLink to="/inbox" icon={<Inbox />} label={t("nav.inbox")} count={waiting?.count ?? 0} />
        <RailLink to="/knowledge" icon={<LibraryBig />} label={t("nav.knowledge")} />
        <RailLink to="/tools" icon={<Plug />} label={t("nav.tools")} />
        <RailLink to="/models" icon={<Cpu />} label={t("nav.models")} />
        <span className={css.spring} />
        <RailLink to="/settings" icon={<Settings />} label={t("nav.settings")} />
      </nav>
      <main className={css.page} id="page" tabIndex={-1} ref={page}>
        <Suspense fallback={<LoadingPage />}>
          <Outlet />
        </Suspense>
      </main>
      <PaletteKey />
    </div>
  );
}

interface RailLinkProps {
  to: string;
  icon: ReactNode;
  label: string;
  end?: boolean;
  /** How many things wait there; shown when there are any. */
  count?: number;
}

function RailLink({ to, icon, label, end, count = 0 }: RailLinkProps) {
  const { t } = useTranslation("common");
  return (
    <NavLink to={to} end={end} className={({ isActive }) => clsx(css.link, isActive && css.active)}>
      <span className={css.icon} aria-hidden="true">
        {icon}
        {count > 0 && <span className={css.count}>{count > 99 ? "99+" : count}</span>}
      </span>
      {label}
      {count > 0 && <span className="visually-hidden"> ({t("nav.waiting", { count })})</span>}
    </NavLink>
  );
}

/** After going to another page the keyboard starts at that page, not at the link that is gone. */
function useFocusAfterNavigation() {
  const { pathname } = useLocation();
  const page = useRef<HTMLElement>(null);
  const before = useRef(pathname);
  useEffect(() => {
    if (before.current === pathname) return;
    before.current = pathname;
    if (!page.current?.contains(document.activeElement)) page.current?.focus({ preventScroll: true });
  }, [pathname]);
  return page;
}

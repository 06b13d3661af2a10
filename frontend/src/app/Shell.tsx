import clsx from "clsx";
import { Cpu, House, LibraryBig, Settings } from "lucide-react";
import { type ReactNode, Suspense, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { NavLink, Outlet, useLocation } from "react-router";
import { LoadingPage } from "./LoadingPage";
import css from "./Shell.module.css";

/** The frame of every page of the console: the rail at the left (below on a phone) and the page. */
export function Shell() {
  const { t } = useTranslation("common");
  const page = useFocusAfterNavigation();
  return (
    <div className={css.shell}>
      <a className={css.skip} href="#page">
        {t("nav.skip")}
      </a>
      <nav className={css.rail} aria-label={t("nav.label")}>
        <RailLink to="/" icon={<House />} label={t("nav.home")} end />
        <RailLink to="/knowledge" icon={<LibraryBig />} label={t("nav.knowledge")} />
        <RailLink to="/models" icon={<Cpu />} label={t("nav.models")} />
        <span className={css.spring} />
        <RailLink to="/settings" icon={<Settings />} label={t("nav.settings")} />
      </nav>
      <main className={css.page} id="page" tabIndex={-1} ref={page}>
        <Suspense fallback={<LoadingPage />}>
          <Outlet />
        </Suspense>
      </main>
    </div>
  );
}

function RailLink({ to, icon, label, end }: { to: string; icon: ReactNode; label: string; end?: boolean }) {
  return (
    <NavLink to={to} end={end} className={({ isActive }) => clsx(css.link, isActive && css.active)}>
      <span className={css.icon} aria-hidden="true">
        {icon}
      </span>
      {label}
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

import { useQuery } from "@tanstack/react-query";
import clsx from "clsx";
import { ChevronLeft } from "lucide-react";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { Link, NavLink, Outlet, useParams } from "react-router";
import { workflowQuery } from "@/api/queries";
import { ConnectModelContext } from "@/editor/setup/connecting";
import { HeaderSlot, HeaderSlotProvider } from "@/ui";
import css from "./AppLayout.module.css";
import { AppName } from "./AppName";
import { LoadingPage } from "./LoadingPage";
import { ProblemPage } from "./ProblemPage";

const ConnectModel = lazy(() => import("./ConnectModel"));

/** Inside one app: header with its name, tabs and whatever the page puts there; the page below fills the rest. */
export function AppLayout() {
  const { t } = useTranslation("common");
  const { id = "" } = useParams();
  const { data: workflow, error } = useQuery(workflowQuery(id));
  if (error) return <ProblemPage error={error} />;
  return (
    <HeaderSlotProvider>
      <div className={css.layout}>
        <title>{`${workflow?.name ?? t("app.loading")} · Treadle`}</title>
        <header className={css.header}>
          <Link className={css.back} to="/" aria-label={t("app.back")}>
            <ChevronLeft aria-hidden="true" />
          </Link>
          <AppName workflow={workflow} />
          <nav className={css.tabs} aria-label={t("app.tabs")}>
            <TabLink to={`/apps/${id}/build`}>{t("app.build")}</TabLink>
            <TabLink to={`/apps/${id}/runs`}>{t("app.runs")}</TabLink>
            <TabLink to={`/apps/${id}/insights`}>{t("app.insights")}</TabLink>
            <TabLink to={`/apps/${id}/share`}>{t("app.share")}</TabLink>
          </nav>
          <HeaderSlot className={css.actions} />
        </header>
        <div className={css.page}>
          <ConnectModelContext value={ConnectModel}>
            <Suspense fallback={<LoadingPage />}>
              <Outlet />
            </Suspense>
          </ConnectModelContext>
        </div>
      </div>
    </HeaderSlotProvider>
  );
}

function TabLink({ to, children }: { to: string; children: string }) {
  return (
    <NavLink to={to} className={({ isActive }) => clsx(css.tab, isActive && css.active)}>
      {children}
    </NavLink>
  );
}

import clsx from "clsx";
import { Suspense } from "react";
import { useTranslation } from "react-i18next";
import { NavLink, Outlet } from "react-router";
import { useMay } from "@/api/may";
import { Loading } from "@/ui";
import css from "./SettingsLayout.module.css";

/** The pages of Settings under one row of tabs. */
export default function SettingsLayout() {
  const { t } = useTranslation("members");
  const { t: common } = useTranslation("common");
  const may = useMay();
  const pages = [
    { to: "/settings", label: t("tabs.you"), end: true },
    { to: "/settings/members", label: t("tabs.members") },
    { to: "/settings/workspace", label: t("tabs.workspace") },
    { to: "/settings/environment", label: t("tabs.environment") },
    { to: "/settings/retention", label: t("tabs.retention") },
    { to: "/settings/usage", label: t("tabs.usage") },
    { to: "/settings/mail", label: t("tabs.mail") },
    { to: "/settings/secrets", label: t("tabs.secrets") },
    ...(may.own ? [{ to: "/settings/audit", label: t("tabs.audit") }] : []),
  ];
  return (
    <>
      <nav className={css.tabs} aria-label={t("tabs.label")}>
        {pages.map(({ to, label, end }) => (
          <NavLink
            key={to}
            to={to}
            end={end}
            className={({ isActive }) => clsx(css.tab, isActive && css.active)}
          >
            {label}
          </NavLink>
        ))}
      </nav>
      <Suspense fallback={<Loading label={common("state.loading")} lines={4} />}>
        <Outlet />
      </Suspense>
    </>
  );
}

import type { QueryClient } from "@tanstack/react-query";
import i18next from "i18next";
import type { ComponentType } from "react";
import { createBrowserRouter, type LoaderFunctionArgs, redirect } from "react-router";
import { ApiError } from "@/api/errors";
import { modelsQuery, nodesQuery, pinsQuery, sessionQuery, workflowQuery } from "@/api/queries";
import { EDITOR_WORDS } from "@/editor/words";
import { speak } from "@/i18n/i18n";
import { AppLayout } from "./AppLayout";
import { CrashPage } from "./CrashPage";
import { LoadingPage } from "./LoadingPage";
import { NotFoundPage } from "./NotFoundPage";
import { Shell } from "./Shell";

/** A route's page in its own chunk, loaded when the route is first entered. */
const page = (load: () => Promise<{ default: ComponentType }>) => async () => ({
  Component: (await load()).default,
});

/** The editor's code and its words, side by side. */
const loadEditor = () => {
  void i18next.loadNamespaces([...EDITOR_WORDS]);
  return import("@/editor/EditorPage");
};

/** From the first page most people go on to an app: what does not hang on which one is loaded while nothing else is. */
function loadEditorSoon() {
  const soon = window.requestIdleCallback ?? ((load: () => void) => setTimeout(load, 1_000));
  // Who goes there will be told if it cannot be loaded.
  soon(() => void loadEditor().catch(() => {}));
  return null;
}

export function createRouter(queries: QueryClient) {
  /** Pages behind it need someone signed in; the language follows that person. */
  async function signedIn({ request }: LoaderFunctionArgs) {
    try {
      const session = await queries.ensureQueryData(sessionQuery);
      if (session.user.language) await speak(session.user.language);
      return null;
    } catch (error) {
      if (error instanceof ApiError && error.code === "signed_out") {
        const { pathname, search } = new URL(request.url);
        const next = pathname === "/" ? "" : `?next=${encodeURIComponent(pathname + search)}`;
        return redirect(`/sign-in${next}`);
      }
      throw error;
    }
  }

  /** Starts fetching the app while the page's code still loads. */
  function prefetchWorkflow({ params }: LoaderFunctionArgs) {
    if (params.id) void queries.prefetchQuery(workflowQuery(params.id));
    return null;
  }

  /** The same for what the editor asks for as soon as it is there. */
  function prefetchForEditor({ params }: LoaderFunctionArgs) {
    void queries.prefetchQuery(nodesQuery);
    void queries.prefetchQuery(modelsQuery);
    if (params.id) void queries.prefetchQuery(pinsQuery(params.id));
    return null;
  }

  return createBrowserRouter([
    {
      ErrorBoundary: CrashPage,
      HydrateFallback: LoadingPage,
      children: [
        { path: "/welcome", lazy: page(() => import("@/home/WelcomePage")) },
        { path: "/join", lazy: page(() => import("@/home/JoinPage")) },
        { path: "/sign-in", lazy: page(() => import("@/home/SignInPage")) },
        {
          loader: signedIn,
          Component: Shell,
          children: [
            {
              ErrorBoundary: CrashPage,
              children: [
                { index: true, loader: loadEditorSoon, lazy: page(() => import("@/home/HomePage")) },
                { path: "inbox", lazy: page(() => import("@/runs/inbox/InboxPage")) },
                { path: "templates", lazy: page(() => import("@/home/TemplatesPage")) },
                { path: "templates/:slug", lazy: page(() => import("./TemplatePage")) },
                { path: "knowledge", lazy: page(() => import("@/knowledge/KnowledgePage")) },
                { path: "knowledge/:id", lazy: page(() => import("@/knowledge/CollectionPage")) },
                { path: "tools", lazy: page(() => import("@/tools/ToolsPage")) },
                { path: "tools/signed-in", lazy: page(() => import("@/tools/SignedInPage")) },
                { path: "models", lazy: page(() => import("@/models/ModelsPage")) },
                {
                  path: "settings",
                  lazy: page(() => import("@/settings/SettingsLayout")),
                  children: [
                    { index: true, lazy: page(() => import("@/settings/SettingsPage")) },
                    { path: "members", lazy: page(() => import("@/settings/MembersPage")) },
                    { path: "workspace", lazy: page(() => import("@/settings/WorkspacePage")) },
                    { path: "environment", lazy: page(() => import("@/settings/EnvironmentPage")) },
                    { path: "usage", lazy: page(() => import("@/settings/UsagePage")) },
                    { path: "mail", lazy: page(() => import("@/settings/MailPage")) },
                    { path: "retention", lazy: page(() => import("@/settings/RetentionPage")) },
                    { path: "secrets", lazy: page(() => import("@/settings/SecretsPage")) },
                    { path: "audit", lazy: page(() => import("@/settings/AuditPage")) },
                  ],
                },
                {
                  path: "apps/:id",
                  Component: AppLayout,
                  loader: prefetchWorkflow,
                  children: [
                    { index: true, loader: ({ params }) => redirect(`/apps/${params.id}/build`) },
                    { path: "build", loader: prefetchForEditor, lazy: page(loadEditor) },
                    { path: "runs", lazy: page(() => import("@/runs/page/RunsPage")) },
                    { path: "runs/:run", lazy: page(() => import("@/runs/page/RunPage")) },
                    { path: "insights", lazy: page(() => import("@/insights/InsightsPage")) },
                    { path: "share", lazy: page(() => import("@/share/SharePage")) },
                    { path: "versions", lazy: page(() => import("@/editor/compare/ComparePage")) },
                  ],
                },
                { path: "*", Component: NotFoundPage },
              ],
            },
          ],
        },
      ],
    },
  ]);
}

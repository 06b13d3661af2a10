import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render } from "@testing-library/react";
import i18next from "i18next";
import { type ReactNode, Suspense } from "react";
import { createMemoryRouter, RouterProvider } from "react-router";
import { vi } from "vitest";
import { startI18n } from "@/i18n/i18n";
import { TooltipProvider } from "@/ui";

/** A page among what every page needs, at an address, which fits `path`; other addresses show their own path. */
export async function renderApp(page: ReactNode, at = "/", path = at) {
  if (!i18next.isInitialized) await startI18n("en");
  const router = createMemoryRouter(
    [
      { path, element: page },
      { path: "*", element: <p>elsewhere</p> },
    ],
    { initialEntries: [at] },
  );
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const view = render(
    <QueryClientProvider client={queries}>
      <TooltipProvider>
        <Suspense fallback={null}>
          <RouterProvider router={router} />
        </Suspense>
      </TooltipProvider>
    </QueryClientProvider>,
  );
  return { ...view, router, queries };
}

type Answer = { status?: number; body?: unknown };

/** Answers fetches by "METHOD /path" and remembers what was sent. Undo with `vi.unstubAllGlobals()`. */
export function serve(answers: Record<string, Answer | ((body: unknown) => Answer)>) {
  const asked: { call: string; body: unknown }[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    const call = `${request.method} ${new URL(request.url).pathname}`;
    const text = await request.text();
    const body: unknown = text ? JSON.parse(text) : null;
    asked.push({ call, body });
    const found = answers[call];
    if (!found) throw new Error(`The test has no answer for ${call}.`);
    const { status = 200, body: answer = {} } = typeof found === "function" ? found(body) : found;
    return new Response(status === 204 ? null : JSON.stringify(answer), { status });
  });
  return asked;
}

import "@/theme/tokens.css";
import "@/theme/base.css";
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { RouterProvider } from "react-router";
import { createQueryClient } from "@/api/queries";
import { startI18n } from "@/i18n/i18n";
import { followSystemTheme } from "@/theme/theme";
import { TooltipProvider } from "@/ui";
import { freshenAfterUpdate } from "./freshen";
import { createRouter } from "./routes";
import { TranslatedUi } from "./TranslatedUi";

followSystemTheme();
await startI18n();

const queries = createQueryClient(() => {
  const here = location.pathname + location.search;
  if (!here.startsWith("/sign-in") && !here.startsWith("/welcome") && here !== "/join") {
    void router.navigate(`/sign-in?next=${encodeURIComponent(here)}`);
  }
});
const router = createRouter(queries);
freshenAfterUpdate(() => {
  const to = router.state.navigation.location;
  return to ? to.pathname + to.search : null;
});

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <TranslatedUi>
        <TooltipProvider delayDuration={400}>
          <RouterProvider router={router} />
        </TooltipProvider>
      </TranslatedUi>
    </QueryClientProvider>
  </StrictMode>,
);

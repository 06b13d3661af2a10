import "@/theme/tokens.css";
import "@/theme/base.css";
import { type ReactNode, StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { followSystemTheme } from "@/theme/theme";
import { AnswerPage } from "./AnswerPage";
import { ChatPage } from "./ChatPage";
import { isFramed, siteAround, speakWith } from "./framed";
import { byToken } from "./identity";
import { inAddress, inTab } from "./place";
import { VisitorApi } from "./visitorApi";
import { language } from "./words";

document.documentElement.lang = language === "zh" ? "zh-CN" : language;
followSystemTheme();

const root = document.getElementById("root");
if (!root) throw new Error("chat.html has no #root");
createRoot(root).render(<StrictMode>{page(location.pathname)}</StrictMode>);

/** What is at the address: `/c/<slug>`, `/embed/<slug>`, or `/a#<token>`, a link to one question. */
function page(path: string): ReactNode {
  if (path === "/a") return <AnswerPage token={location.hash.slice(1)} />;
  const slug = path.split("/")[2] ?? "";
  if (!isFramed(path)) return <ChatPage api={new VisitorApi(`/c/${slug}`)} place={inAddress} />;
  const site = siteAround();
  const around = speakWith(site, () => {
    // On a phone the keyboard would cover half of what one opened.
    if (matchMedia("(pointer: fine)").matches)
      document.querySelector<HTMLElement>("#composer textarea")?.focus();
  });
  return (
    <ChatPage
      api={new VisitorApi(`/embed/${slug}`, byToken(slug, site))}
      place={inTab(slug, site)}
      onClose={site ? around.close : undefined}
    />
  );
}

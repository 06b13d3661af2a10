import "@/theme/tokens.css";
import "@/theme/base.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { followSystemTheme } from "@/theme/theme";
import { AnswerPage } from "./AnswerPage";
import { ChatPage } from "./ChatPage";
import { VisitorApi } from "./visitorApi";
import { language } from "./words";

document.documentElement.lang = language === "zh" ? "zh-CN" : language;
followSystemTheme();

// A link to one question: /a#<token>
const token = location.pathname === "/a" ? location.hash.slice(1) : null;
// /c/<slug>
const slug = decodeURIComponent(location.pathname.split("/")[2] ?? "");
const root = document.getElementById("root");
if (!root) throw new Error("chat.html has no #root");
createRoot(root).render(
  <StrictMode>
    {token === null ? <ChatPage api={new VisitorApi(slug)} /> : <AnswerPage token={token} />}
  </StrictMode>,
);

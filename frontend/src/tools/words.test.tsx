import { screen } from "@testing-library/react";
import i18next from "i18next";
import { afterEach, beforeEach, expect, it } from "vitest";
import { startI18n } from "@/i18n/i18n";
import { renderApp } from "@/test/renderApp";
import { Notices } from "./Notices";
import { RemarkBanner } from "./RemarkBanner";

const notice = (code: string, tool: string, about = "") => ({
  code,
  message: "In English.",
  hint: "",
  values: { tool, about },
});

beforeEach(async () => {
  if (!i18next.isInitialized) await startI18n("en");
  await i18next.changeLanguage("zh");
});
afterEach(async () => {
  await i18next.changeLanguage("en");
});

it("says in Chinese what was left out of a source, and why", async () => {
  const notices = [
    notice("tool_too_deep", "a", "24"),
    notice("tool_named_twice", "b"),
    notice("keys_several", "x + y + z"),
    notice("not_known_here", "c"),
  ];
  await renderApp(<Notices notices={notices} />);
  await screen.findByText("c：In English.");

  expect(screen.getAllByRole("listitem", { hidden: true }).map((item) => item.textContent)).toEqual([
    "a：它的描述嵌套超过 24 层。",
    "b：已有另一个同名的工具。",
    "x + y + z：它们需要同时使用。我们最多同时发送两个，且要在两个不同的位置。",
    "c：In English.",
  ]);
});

it("says in Chinese why a source was not reached", async () => {
  await renderApp(<RemarkBanner remark={notice("tool_stopped", "")} />);

  expect(await screen.findByText(/程序/)).toBeVisible();
});

import { afterEach, expect, it, vi } from "vitest";
import { byCookie, byToken, keep } from "./identity";
import { inTab } from "./place";
import { VisitorApi } from "./visitorApi";

const answers = (token?: string) =>
  vi.fn(async (_path: string, _init?: RequestInit) =>
    Response.json(
      { conversations: [], remembers: false },
      { headers: token ? { "Treadle-Visitor": token } : {} },
    ),
  );
const sent = (asked: ReturnType<typeof answers>, at: number) => asked.mock.calls[at]?.[1];

afterEach(() => {
  vi.unstubAllGlobals();
  localStorage.clear();
  sessionStorage.clear();
});

it("brings along the token that the first answer gave, and no cookie", async () => {
  const asked = answers("anna");
  vi.stubGlobal("fetch", asked);
  const api = new VisitorApi("/embed/shop", byToken("shop", "https://shop.example"));

  await api.conversations();
  await api.conversations();

  expect(asked.mock.calls.map(([path]) => path)).toEqual(Array(2).fill("/embed/shop/conversations"));
  expect(sent(asked, 0)).toMatchObject({ credentials: "omit", headers: { Authorization: "Bearer new" } });
  expect(sent(asked, 1)).toMatchObject({ credentials: "omit", headers: { Authorization: "Bearer anna" } });
});

it("is the same visitor on the same website, and a new one on another or at another app", () => {
  byToken("shop", "https://shop.example").learn(new Response("", { headers: { "Treadle-Visitor": "anna" } }));

  expect(byToken("shop", "https://shop.example").token()).toBe("anna");
  expect(byToken("shop", "https://other.example").token()).toBe("new");
  expect(byToken("garage", "https://shop.example").token()).toBe("new");
});

it("leaves it to the cookie on the chat page itself", async () => {
  const asked = answers();
  vi.stubGlobal("fetch", asked);

  await new VisitorApi("/c/shop", byCookie).conversations();

  expect(sent(asked, 0)).toEqual({ headers: { Accept: "application/json" } });
});

it("remembers for as long as the page is open where the browser keeps nothing", () => {
  const kept = keep(() => {
    throw new DOMException("Blocked.", "SecurityError");
  }, "x");

  kept.write("anna");

  expect(kept.read()).toBe("anna");
});

it("comes back to the conversation of this app on this website", () => {
  inTab("shop", "https://shop.example").write("c1");

  expect(inTab("shop", "https://shop.example").read()).toBe("c1");
  expect(inTab("shop", "https://other.example").read()).toBeNull();
  inTab("shop", "https://shop.example").write(null);
  expect(inTab("shop", "https://shop.example").read()).toBeNull();
});

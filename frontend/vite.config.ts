import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { budgets } from "./budget.ts";
import { scriptForWebsites } from "./websites.ts";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const backend = process.env.TREADLE_BACKEND ?? "http://127.0.0.1:8000";

/**
 * Two entries: the builder (`index.html`) and the much smaller public chat page (`chat.html`); and beside them
 * `embed.js`, which other people's websites load.
 */
export default defineConfig(({ command }) => ({
  // Django serves dist/ under /static/ (WhiteNoise) and hands out index.html and chat.html itself.
  base: command === "build" ? "/static/" : "/",
  plugins: [
    react(),
    scriptForWebsites("embed.js", at("./src/website/main.ts"), { "@": at("./src") }),
    budgets([
      { name: "Public chat page", entries: ["chat.html"], kB: 115, later: ["react-markdown"] },
      {
        name: "Home",
        entries: ["index.html", "src/home/HomePage.tsx"],
        kB: 235,
        later: ["@xyflow/react", "lexical", "react-markdown"],
      },
      { name: "Button on websites", entries: [], files: ["embed.js"], kB: 3 },
      {
        name: "Editor",
        entries: ["index.html", "src/editor/EditorPage.tsx"],
        kB: 375,
        later: ["@dagrejs/dagre", "lexical", "react-markdown"],
      },
    ]),
  ],
  resolve: { alias: { "@": at("./src") } },
  build: {
    manifest: true,
    outDir: "dist",
    // A strict CSP allows no data: scripts or fonts; small files stay files.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: { app: at("./index.html"), chat: at("./chat.html") } },
  },
  server: {
    proxy: {
      "/api": backend,
      "/v1": backend,
      "/healthz": backend,
      "/embed.js": backend,
      "/ws": { target: backend, ws: true },
      "^/(c/|embed/|a(/|$))": {
        target: backend,
        bypass: (request) => (request.headers.accept?.includes("text/html") ? "/chat.html" : undefined),
      },
    },
  },
  test: {
    environment: "jsdom",
    setupFiles: ["./src/test/setup.ts"],
    include: ["src/**/*.test.{ts,tsx}", "*.test.ts"],
    css: false,
    testTimeout: 30_000, // for a busy machine; no test measures time
  },
}));

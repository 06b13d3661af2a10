import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const backend = process.env.TREADLE_BACKEND ?? "http://127.0.0.1:8000";

/** Two entries: the builder (`index.html`) and the much smaller public chat page (`chat.html`). */
export default defineConfig(({ command }) => ({
  // Django serves dist/ under /static/ (WhiteNoise) and hands out index.html and chat.html itself.
  base: command === "build" ? "/static/" : "/",
  plugins: [react()],
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
      "/ws": { target: backend, ws: true },
      "/c": {
        target: backend,
        bypass: (request) => (request.headers.accept?.includes("text/html") ? "/chat.html" : undefined),
      },
    },
  },
  test: {
    environment: "jsdom",
    setupFiles: ["./src/test/setup.ts"],
    include: ["src/**/*.test.{ts,tsx}"],
    css: false,
  },
}));

// @vitest-environment node
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "vite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Budget, budgets, filesOf } from "./budget";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "treadle-budget-"));
  const write = (file: string, text: string) => writeFileSync(join(root, file), text);
  const text = (kB: number) => JSON.stringify(randomBytes(kB * 750).toString("base64"));
  write("index.html", `<script type="module" src="/main.js"></script>`);
  write("main.js", `import "./shared.js"; import("./later.js"); console.log(${text(10)});`);
  write("shared.js", `import { twice } from "doubled"; console.log(twice(${text(10)}));`);
  write("later.js", `console.log(${text(100)});`);
  mkdirSync(join(root, "node_modules/doubled"), { recursive: true });
  write("node_modules/doubled/package.json", `{"name": "doubled", "main": "index.js", "type": "module"}`);
  write("node_modules/doubled/index.js", "export const twice = (text) => text + text;");
});
afterEach(() => rmSync(root, { recursive: true }));

const built = (limit: Partial<Budget>) =>
  build({
    root,
    configFile: false,
    logLevel: "silent",
    plugins: [budgets([{ name: "The page", entries: ["index.html"], kB: 1_000, ...limit }])],
    build: { manifest: true, outDir: "dist" },
  });

test("a page that needs no more than it may is built, whatever is loaded later", async () => {
  await expect(built({ kB: 25, later: ["another"] })).resolves.toBeTruthy();
});

test("a page that needs more is not", async () => {
  await expect(built({ kB: 12 })).rejects.toThrow(/The page needs 1\d\.\d kB of script, 12 kB are allowed\./);
});

test("nor is one that loads at once what is to be loaded later", async () => {
  await expect(built({ later: ["doubled"] })).rejects.toThrow("The page loads doubled before it is needed.");
});

test("nor one that is not there", async () => {
  await expect(built({ entries: ["gone.html"] })).rejects.toThrow("The build made no gone.html.");
});

test("what several entries import counts once", () => {
  const manifest = {
    a: { file: "a.js", imports: ["shared"] },
    b: { file: "b.js", imports: ["shared", "a"] },
    shared: { file: "shared.js" },
  };

  expect([...filesOf(manifest, ["a", "b"])]).toEqual(["a.js", "shared.js", "b.js"]);
});

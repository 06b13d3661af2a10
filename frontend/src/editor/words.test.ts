import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { EDITOR_WORDS } from "./words";

const ALWAYS_THERE = ["common", "errors"];

test("no part of the editor waits for words of its own: all that is drawn would be drawn again", () => {
  const here = join(process.cwd(), "src/editor");
  const parts = readdirSync(here, { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".tsx"),
  );
  const spoken = parts.flatMap((file) =>
    [...readFileSync(join(here, file), "utf8").matchAll(/useTranslation\("(\w+)"\)/g)].map(
      ([, name]) => name,
    ),
  );

  expect(spoken).toContain("editor");
  expect(spoken.filter((name) => ![...EDITOR_WORDS, ...ALWAYS_THERE].includes(name ?? ""))).toEqual([]);
});

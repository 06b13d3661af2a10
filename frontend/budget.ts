import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Plugin } from "vite";

interface Chunk {
  file: string;
  imports?: string[];
}
type Manifest = Record<string, Chunk>;

export interface Budget {
  name: string;
  /** Manifest keys of everything that must be loaded before the page works. */
  entries: string[];
  /** What is loaded besides, by its name in the build. */
  files?: string[];
  kB: number;
  /** Packages that are no part of that: they are loaded when they are needed. */
  later?: string[];
}

/** Fails the build when a page needs more script, compressed, than it is allowed before it works, or the wrong one. */
export function budgets(limits: Budget[]): Plugin {
  let out = "";
  const modules = new Map<string, readonly string[]>();
  return {
    name: "treadle:budgets",
    apply: "build",
    configResolved(config) {
      out = join(config.root, config.build.outDir);
    },
    generateBundle(_, bundle) {
      for (const made of Object.values(bundle)) {
        if (made.type === "chunk") modules.set(made.fileName, made.moduleIds);
      }
    },
    closeBundle() {
      const manifest: Manifest = JSON.parse(readFileSync(join(out, ".vite/manifest.json"), "utf8"));
      const sizeOf = (file: string) => gzipSync(readFileSync(join(out, file))).length / 1000;
      const over = limits.flatMap(({ name, entries, files: besides = [], kB, later = [] }) => {
        const files = new Set([...filesOf(manifest, entries), ...besides]);
        const size = [...files].reduce((sum, file) => sum + sizeOf(file), 0);
        this.info(`${name}: ${size.toFixed(1)} kB of ${kB} kB (gzip)`);
        const early = later.filter((each) =>
          [...files].some((file) => modules.get(file)?.some((id) => id.includes(`/node_modules/${each}/`))),
        );
        return [
          ...(size > kB ? [`${name} needs ${size.toFixed(1)} kB of script, ${kB} kB are allowed.`] : []),
          ...early.map((each) => `${name} loads ${each} before it is needed.`),
        ];
      });
      if (over.length > 0) this.error(over.join("\n"));
    },
  };
}

/** The files of all chunks that `entries` import, directly or through others. */
export function filesOf(manifest: Manifest, entries: string[]): Set<string> {
  const files = new Set<string>();
  const visit = (key: string): void => {
    const chunk = manifest[key];
    if (!chunk) throw new Error(`The build made no ${key}.`);
    if (files.has(chunk.file)) return;
    files.add(chunk.file);
    for (const next of chunk.imports ?? []) visit(next);
  };
  for (const entry of entries) visit(entry);
  return files;
}

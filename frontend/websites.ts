import { build, type Plugin } from "vite";

/**
 * Builds `entry` and all it imports into the one script `name`, which any page can load: no module, no name of ours
 * among the page's own, and no hash, since the line that loads it stands in pages that we cannot change.
 */
export function scriptForWebsites(name: string, entry: string, alias: Record<string, string>): Plugin {
  return {
    name: "treadle:websites",
    apply: "build",
    async generateBundle() {
      const built = await build({
        configFile: false,
        publicDir: false,
        logLevel: "warn",
        resolve: { alias },
        build: {
          write: false,
          modulePreload: false,
          rolldownOptions: { input: entry, output: { format: "iife", entryFileNames: name } },
        },
      });
      const outputs = "output" in built ? built.output : [];
      const script = outputs.find((one) => one.type === "chunk" && one.fileName === name);
      if (script?.type !== "chunk") return this.error(`The build made no ${name}.`);
      this.emitFile({ type: "asset", fileName: name, source: script.code });
    },
  };
}

/** `/embed.js`, as a website loads it: `<script src="…/embed.js" data-app="my-shop" async></script>`. */

import { showButton } from "./button";
import { settingsOf } from "./settings";

const script = document.currentScript;
if (script instanceof HTMLScriptElement) {
  const settings = settingsOf(script, document.documentElement.lang);
  // For who looks into the console because nothing comes.
  if (!settings) throw new Error("embed.js needs the name of an app: data-app on its script tag.");
  if (document.body) showButton(settings);
  else addEventListener("DOMContentLoaded", () => showButton(settings), { once: true });
}

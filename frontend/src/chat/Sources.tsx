import { ChevronRight } from "lucide-react";
import type { ReactNode } from "react";
import css from "./Sources.module.css";
import type { ChatSource, ChatWords } from "./types";

export interface SourcesProps {
  sources: readonly ChatSource[];
  words: ChatWords;
  /** The way to a source's place in its document, where the reader may go there. */
  link?: (source: ChatSource) => ReactNode;
}

/** Where a reply comes from, as footnotes: each opens to the passage itself. */
export function Sources({ sources, words, link }: SourcesProps) {
  return (
    <details className={css.sources}>
      <summary className={css.summary}>
        <ChevronRight aria-hidden="true" />
        <span>{words.sources.replace("{list}", titles(sources, words))}</span>
      </summary>
      <ol className={css.list}>
        {sources.map((source) => (
          <li key={source.n}>
            <details className={css.source} data-source={source.n}>
              <summary className={css.summary}>
                <ChevronRight aria-hidden="true" />
                <span className={css.number}>{source.n}</span>
                <span className={css.title}>
                  {source.document}
                  <span className={css.where}>
                    {[source.heading, source.page && words.sourcePage.replace("{page}", String(source.page))]
                      .filter(Boolean)
                      .map((part) => ` · ${part}`)}
                  </span>
                </span>
              </summary>
              <blockquote className={css.passage}>{source.text}</blockquote>
              {link?.(source)}
            </details>
          </li>
        ))}
      </ol>
    </details>
  );
}

/** Opens the footnote of a mark, with all that holds it, and brings the reader there. */
export function openSource(reply: Element | null, n: number): void {
  const note = reply?.querySelector(`[data-source="${n}"]`);
  for (let box: Element | null | undefined = note; box; box = box.parentElement?.closest("details")) {
    if (box instanceof HTMLDetailsElement) box.open = true;
  }
  note?.querySelector("summary")?.focus({ preventScroll: true });
  note?.scrollIntoView({ block: "nearest" });
}

/** "Return policy, page 2; Delivery": each document once, with the page of its best passage. */
function titles(sources: readonly ChatSource[], words: ChatWords): string {
  const seen = new Map<string, string>();
  for (const { document, page } of sources) {
    if (seen.has(document)) continue;
    seen.set(document, page ? `${document}, ${words.sourcePage.replace("{page}", String(page))}` : document);
  }
  return [...seen.values()].join("; ");
}

import { memo } from "react";
import ReactMarkdown, { type Components } from "react-markdown";
import rehypeSanitize from "rehype-sanitize";
import remarkGfm from "remark-gfm";
import { markdownBlocks } from "./blocks";
import css from "./Markdown.module.css";
import { safeHref } from "./safeHref";

const components: Components = {
  a: ({ href, children }) => {
    const safe = safeHref(href);
    if (!safe) return <span>{children}</span>;
    return (
      <a href={safe} target="_blank" rel="noopener noreferrer nofollow ugc">
        {children}
      </a>
    );
  },
  // A picture from elsewhere would tell its owner who reads the answer: only its description is shown.
  img: ({ alt }) => (alt ? <span className={css.picture}>{alt}</span> : null),
  table: ({ children }) => (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls, so the keyboard must reach it
    <div className={css.table} tabIndex={0}>
      <table>{children}</table>
    </div>
  ),
  pre: ({ children }) => (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: wide code scrolls, so the keyboard must reach it
    <pre tabIndex={0}>{children}</pre>
  ),
  input: ({ checked }) => <span aria-hidden="true">{checked ? "☑ " : "☐ "}</span>,
};

const plugins = { remark: [remarkGfm], rehype: [rehypeSanitize] };

const Block = memo(function Block({ text }: { text: string }) {
  return (
    <ReactMarkdown components={components} remarkPlugins={plugins.remark} rehypePlugins={plugins.rehype}>
      {text}
    </ReactMarkdown>
  );
});

/** Markdown from a model: no HTML, no pictures, safe links. While it grows only its last block renders again. */
export default function Markdown({ text }: { text: string }) {
  return (
    <div className={css.markdown}>
      {markdownBlocks(text).map((block, position) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: blocks are only ever added at the end
        <Block key={position} text={block} />
      ))}
    </div>
  );
}

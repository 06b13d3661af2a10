import { createContext, memo, useContext } from "react";
import ReactMarkdown, { type Components, type Options } from "react-markdown";
import rehypeSanitize from "rehype-sanitize";
import remarkGfm from "remark-gfm";
import { markdownBlocks } from "./blocks";
import css from "./Markdown.module.css";
import { rehypeMarks } from "./marks";
import { safeHref } from "./safeHref";

/** What the marks of a reply (`[1]`) do, and are called. */
export interface Marks {
  count: number;
  label: (n: number) => string;
  onOpen: (n: number) => void;
}

const NO_MARKS: Marks = { count: 0, label: String, onOpen: () => {} };
const MarksContext = createContext<Marks>(NO_MARKS);

function Mark({ n }: { n: number }) {
  const { label, onOpen } = useContext(MarksContext);
  return (
    <button type="button" className={css.mark} aria-label={label(n)} onClick={() => onOpen(n)}>
      {n}
    </button>
  );
}

const components: Components = {
  // No text of a model becomes a button; these are our own marks.
  button: ({ value }) => <Mark n={Number(value)} />,
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

type Plugins = NonNullable<Options["rehypePlugins"]>;
const remark = [remarkGfm];

const Block = memo(function Block({ text, count }: { text: string; count: number }) {
  const rehype: Plugins = [rehypeSanitize, [rehypeMarks, { count }]];
  return (
    <ReactMarkdown components={components} remarkPlugins={remark} rehypePlugins={rehype}>
      {text}
    </ReactMarkdown>
  );
});

/** Markdown from a model: no HTML, no pictures, safe links. While it grows only its last block renders again. */
export default function Markdown({ text, marks = NO_MARKS }: { text: string; marks?: Marks }) {
  return (
    <MarksContext value={marks}>
      <div className={css.markdown}>
        {markdownBlocks(text).map((block, position) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: blocks are only ever added at the end
          <Block key={position} text={block} count={marks.count} />
        ))}
      </div>
    </MarksContext>
  );
}

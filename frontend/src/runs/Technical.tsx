import { useMemo } from "react";
import type { Json } from "@/api/types";
import { ApartNote } from "./ApartNote";
import { type Apart, isApart } from "./apart";
import css from "./LastResult.module.css";
import { LongText } from "./LongText";

const LONGEST = 50_000;

/** A value as programs see it. What is too large to come with its run is told by its beginning, and named beneath. */
export function Technical({ value }: { value: Json }) {
  const { known, apart } = useMemo(() => beginnings(value), [value]);
  if (isApart(value)) return <ApartNote apart={value}>{(part) => <Text value={part} />}</ApartNote>;
  return (
    <>
      <Text value={known} />
      {apart.map(([name, part]) => (
        <div key={name}>
          <code>{name}</code>
          <ApartNote apart={part}>{(all, isAll) => isAll && <Text value={all} />}</ApartNote>
        </div>
      ))}
    </>
  );
}

function Text({ value }: { value: Json }) {
  const text = useMemo(() => JSON.stringify(value, null, 2), [value]);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <pre className={css.json} tabIndex={0}>
      <LongText text={text} longest={LONGEST} />
    </pre>
  );
}

/** The value with the beginnings of its parts that stand apart in their places, and these parts by where they are. */
function beginnings(value: Json): { known: Json; apart: [string, Apart][] } {
  const apart: [string, Apart][] = [];
  const begun = (part: Json, at: string): Json => {
    if (isApart(part)) {
      apart.push([at, part]);
      return part.preview;
    }
    if (Array.isArray(part)) return part.map((one, i) => begun(one, `${at}[${i}]`));
    if (part === null || typeof part !== "object") return part;
    return Object.fromEntries(
      Object.entries(part).map(([name, one]) => [name, begun(one, at ? `${at}.${name}` : name)]),
    );
  };
  return { known: begun(value, ""), apart };
}

/** Widgets that are a list of rows: texts, pairs, questions to a visitor, parts of a reply. */

import { Plus, Trash2 } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Json, JsonObject } from "@/api/types";
import { Button, Field, IconButton, Input, NumberField, Select, Switch } from "@/ui";
import { faultsOf, freeName, nameFrom, objectOf, textOf } from "../schema";
import type { WidgetProps } from "./widget";
import css from "./widgets.module.css";

interface RowsProps<T> {
  rows: readonly T[];
  onChange: (rows: T[]) => void;
  fresh: () => T;
  add: string;
  remove: (index: number) => string;
  children: (row: T, change: (row: T) => void, index: number) => ReactNode;
  framed?: boolean;
  id?: string;
}

/** Rows that can be added, changed and removed. */
export function Rows<T>({ rows, onChange, fresh, add, remove, children, framed, id }: RowsProps<T>) {
  return (
    // The label above names the whole; tied to the button it would hide what the button says.
    <div className={css.stack} id={id} tabIndex={-1}>
      {rows.map((row, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows have no names of their own, and never change places
        <div key={i} className={framed ? css.frame : css.row}>
          <div className={css.grow}>
            {children(row, (next) => onChange(rows.map((r, j) => (j === i ? next : r))), i)}
          </div>
          <IconButton label={remove(i)} onClick={() => onChange(rows.filter((_, j) => j !== i))}>
            <Trash2 />
          </IconButton>
        </div>
      ))}
      <div>
        <Button size="s" icon={<Plus />} onClick={() => onChange([...rows, fresh()])}>
          {add}
        </Button>
      </div>
    </div>
  );
}

export function ListWidget({ value, onChange, control, label }: WidgetProps) {
  const { t } = useTranslation("forms");
  const rows = Array.isArray(value) ? value.map((v) => (typeof v === "string" ? v : JSON.stringify(v))) : [];
  return (
    <Rows
      id={control.id}
      rows={rows}
      onChange={onChange}
      fresh={() => ""}
      add={t("addEntry")}
      remove={(i) => t("removeEntry", { number: i + 1 })}
    >
      {(row, change, i) => (
        <Input value={row} aria-label={`${label} ${i + 1}`} onChange={(e) => change(e.target.value)} />
      )}
    </Rows>
  );
}

interface MostProps {
  label: string;
  most: number;
  value: Json | undefined;
  onChange: (value: number | null) => void;
}

/** How much may be filled in; empty is what the app takes anyway. */
function Most({ label, most, value, onChange }: MostProps) {
  return (
    <Field label={label}>
      {(control) => (
        <NumberField
          {...control}
          min={1}
          max={most}
          step={1}
          value={typeof value === "number" ? value : null}
          onChange={onChange}
        />
      )}
    </Field>
  );
}

const INPUT_KINDS = [
  "text",
  "paragraph",
  "number",
  "boolean",
  "choice",
  "list",
  "object",
  "file",
  "files",
] as const;
const FILE_KINDS = ["document", "image", "audio", "video"] as const;

/** What a visitor is asked for before the conversation. */
export function InputsWidget({ value, onChange, control, faults }: WidgetProps) {
  const { t } = useTranslation("forms");
  const rows = (Array.isArray(value) ? value : []).map(objectOf);
  return (
    <Rows
      framed
      id={control.id}
      rows={rows}
      onChange={onChange}
      fresh={(): JsonObject => ({
        name: freeName(
          "question",
          rows.map((r) => textOf(r.name)),
        ),
        label: "",
        type: "text",
      })}
      add={t("inputs.add")}
      remove={(i) => t("inputs.remove", { name: textOf(rows[i]?.label) || i + 1 })}
    >
      {(row, change, i) => {
        const kind = textOf(row.type) || "text";
        const others = rows.filter((_, j) => j !== i).map((r) => textOf(r.name));
        return (
          <div className={css.stack}>
            <Input
              value={textOf(row.label)}
              aria-label={t("inputs.label")}
              placeholder={t("inputs.labelExample")}
              onChange={(e) =>
                change({
                  ...row,
                  label: e.target.value,
                  name: freeName(nameFrom(e.target.value, "question"), [...others, "query"]),
                })
              }
            />
            <Select
              aria-label={t("inputs.kind")}
              value={kind}
              onChange={(type) => change({ ...row, type })}
              options={INPUT_KINDS.map((k) => ({ value: k, label: t(`inputs.kinds.${k}`) }))}
            />
            {kind === "choice" && (
              <Input
                value={(Array.isArray(row.options) ? row.options : []).map(textOf).join(", ")}
                aria-label={t("inputs.choices")}
                placeholder={t("inputs.choicesExample")}
                onChange={(e) => change({ ...row, options: wordsOf(e.target.value) })}
              />
            )}
            {(kind === "text" || kind === "paragraph") && (
              <Most
                label={t("inputs.longestText")}
                most={32_000}
                value={row.max_length}
                onChange={(max_length) => change({ ...row, max_length })}
              />
            )}
            {kind === "list" && (
              <Most
                label={t("inputs.longestList")}
                most={1_000}
                value={row.max_items}
                onChange={(max_items) => change({ ...row, max_items })}
              />
            )}
            {(kind === "file" || kind === "files") && <FileLimits row={row} change={change} />}
            {(kind === "text" || kind === "paragraph" || kind === "choice") && (
              <Field label={t("inputs.ifEmpty")}>
                {(field) => (
                  <Input
                    {...field}
                    value={textOf(row.default)}
                    onChange={(e) => change({ ...row, default: e.target.value || null })}
                  />
                )}
              </Field>
            )}
            <Switch
              checked={row.required === true}
              onChange={(required) => change({ ...row, required })}
              label={t("inputs.required")}
            />
            <RowFaults messages={faultsOf(faults, `[${i}]`).map((f) => f.message)} />
          </div>
        );
      }}
    </Rows>
  );
}

/** Which files are taken, and how large; of several, how many. */
function FileLimits({ row, change }: { row: JsonObject; change: (row: JsonObject) => void }) {
  const { t } = useTranslation("forms");
  const accepts = (Array.isArray(row.accepts) ? row.accepts : []).map(textOf);
  return (
    <>
      <fieldset className={css.stack}>
        <legend>{t("inputs.accepts")}</legend>
        {FILE_KINDS.map((kind) => (
          <Switch
            key={kind}
            checked={accepts.includes(kind)}
            label={t(`inputs.fileKinds.${kind}`)}
            onChange={(is) =>
              change({
                ...row,
                accepts: FILE_KINDS.filter((one) => (one === kind ? is : accepts.includes(one))),
              })
            }
          />
        ))}
        <small>{t("inputs.acceptsHelp")}</small>
      </fieldset>
      <Most
        label={t("inputs.largestFile")}
        most={1_000}
        value={row.max_mb}
        onChange={(max_mb) => change({ ...row, max_mb })}
      />
      {row.type === "files" && (
        <Most
          label={t("inputs.mostFiles")}
          most={20}
          value={row.max_items}
          onChange={(max_items) => change({ ...row, max_items })}
        />
      )}
    </>
  );
}

const PART_KINDS = ["string", "number", "integer", "boolean", "array"] as const;

/** A part that itself has parts comes from a file: it can be kept, and is not begun here. */
const kindsFor = (part: JsonObject) =>
  part.type === "object" ? [...PART_KINDS, "object" as const] : PART_KINDS;

/** The shape of a reply, as a table of its parts; kept as a JSON Schema. */
export function ShapeWidget({ value, onChange, control }: WidgetProps) {
  const { t } = useTranslation("forms");
  const rows = Object.entries(objectOf(objectOf(value).properties)).map(([name, part]) => ({
    name,
    part: objectOf(part),
  }));
  const save = (next: typeof rows) => {
    if (next.length === 0) return onChange(undefined);
    const properties = Object.fromEntries(next.map((r) => [r.name, r.part]));
    onChange({ type: "object", properties, required: Object.keys(properties) });
  };
  return (
    <Rows
      framed
      id={control.id}
      rows={rows}
      onChange={save}
      fresh={() => ({
        name: freeName(
          "part",
          rows.map((r) => r.name),
        ),
        part: { type: "string" } as JsonObject,
      })}
      add={t("shape.add")}
      remove={(i) => t("shape.remove", { name: rows[i]?.name ?? "" })}
    >
      {({ name, part }, change, i) => {
        const others = rows.filter((_, j) => j !== i).map((r) => r.name);
        return (
          <div className={css.stack}>
            <div className={css.pair}>
              <Input
                value={textOf(part.title) || name}
                aria-label={t("shape.name")}
                onChange={(e) =>
                  change({
                    name: freeName(nameFrom(e.target.value, "part"), others),
                    part: { ...part, title: e.target.value },
                  })
                }
              />
              <Select
                aria-label={t("shape.kind")}
                value={textOf(part.type) || "string"}
                onChange={(type) =>
                  change({
                    name,
                    part:
                      type === "array"
                        ? { ...part, type, items: { type: "string" } }
                        : withoutItems(part, type),
                  })
                }
                options={kindsFor(part).map((k) => ({ value: k, label: t(`shape.kinds.${k}`) }))}
              />
            </div>
            <Input
              value={textOf(part.description)}
              aria-label={t("shape.meaning")}
              placeholder={t("shape.meaningExample")}
              onChange={(e) => change({ name, part: { ...part, description: e.target.value } })}
            />
          </div>
        );
      }}
    </Rows>
  );
}

export function RowFaults({ messages }: { messages: readonly string[] }) {
  return messages.length > 0 ? <p className={css.error}>{messages.join(" ")}</p> : null;
}

export const wordsOf = (text: string): Json[] =>
  text
    .split(/[,，、;；\n]/)
    .map((word) => word.trimStart())
    .filter((word, i, all) => word !== "" || i === all.length - 1);

function withoutItems({ items: _, ...part }: JsonObject, type: string): JsonObject {
  return { ...part, type };
}

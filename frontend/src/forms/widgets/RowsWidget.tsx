import { useTranslation } from "react-i18next";
import type { Json, JsonObject, JsonSchema } from "@/api/types";
import { Input } from "@/ui";
import { SchemaForm } from "../SchemaForm";
import { faultsOf, freeName, hints, objectOf, textOf } from "../schema";
import { RowFaults, Rows } from "./rows";
import { TemplateField } from "./TemplateWidget";
import type { WidgetProps } from "./widget";
import css from "./widgets.module.css";

/** A list of objects, each drawn from the schema of the list's entries: a name and a value on one line, the rest as forms. */
export function RowsWidget({ schema, value, onChange, control, faults, label, words }: WidgetProps) {
  const { t } = useTranslation("forms");
  const rows = (Array.isArray(value) ? value : []).map(objectOf);
  const entry = objectOf(schema.items);
  const isPair = Object.keys(objectOf(entry.properties)).join() === "name,value";
  return (
    <Rows
      framed={!isPair}
      id={control.id}
      rows={rows}
      onChange={onChange}
      fresh={() => freshRow(entry, rows)}
      add={t("addEntry")}
      remove={(i) => t("removeEntry", { number: i + 1 })}
    >
      {(row, change, i) => {
        const own = faultsOf(faults, `[${i}]`);
        return (
          <>
            {isPair ? (
              <Pair
                id={`${control.id}-${i}`}
                label={label}
                number={i + 1}
                row={row}
                entry={entry}
                words={words}
                onChange={change}
              />
            ) : (
              <SchemaForm
                id={`${control.id}-${i}`}
                schema={entry}
                value={row}
                faults={own}
                words={words}
                onChange={(name, next) => {
                  const { [name]: _, ...rest } = row;
                  change((next === undefined ? rest : { ...rest, [name]: next }) as JsonObject);
                }}
              />
            )}
            {isPair && <RowFaults messages={own.map((f) => f.message)} />}
          </>
        );
      }}
    </Rows>
  );
}

interface PairProps {
  id: string;
  label: string;
  number: number;
  row: JsonObject;
  entry: JsonSchema;
  words: WidgetProps["words"];
  onChange: (row: JsonObject) => void;
}

/** A name and a value, which may hold information from earlier steps where the schema says so. */
function Pair({ id, label, number, row, entry, words, onChange }: PairProps) {
  const field = objectOf(objectOf(entry.properties).value);
  const titled = (name: string) =>
    words?.(name)?.title ?? (textOf(objectOf(objectOf(entry.properties)[name]).title) || name);
  const called = (name: string) => `${label} ${number}: ${titled(name)}`;
  const text = typeof row.value === "string" ? row.value : row.value == null ? "" : JSON.stringify(row.value);
  const setValue = (value: Json) => onChange({ ...row, value });
  return (
    <div className={css.halves}>
      <Input
        value={textOf(row.name)}
        aria-label={called("name")}
        placeholder={titled("name")}
        onChange={(event) => onChange({ ...row, name: event.target.value })}
      />
      {hints(field).widget === "template" ? (
        <TemplateField
          id={`${id}-value`}
          label={called("value")}
          value={text}
          placeholder={titled("value")}
          singleLine
          onChange={setValue}
        />
      ) : (
        <Input
          value={text}
          aria-label={called("value")}
          placeholder={titled("value")}
          onChange={(event) => setValue(event.target.value)}
        />
      )}
    </div>
  );
}

/** An entry with nothing in it but what the schema says, and a name of its own where connections hold on to one. */
function freshRow(entry: JsonSchema, rows: readonly JsonObject[]): JsonObject {
  const fields = Object.entries(objectOf(entry.properties)).map(
    ([name, field]) => [name, objectOf(field)] as const,
  );
  const filled = fields.flatMap(([name, field]): [string, Json][] => {
    if (hints(field).widget === "name") {
      const taken = rows.map((row) => textOf(row[name]));
      return [[name, freeName(textOf(hints(field).placeholder) || "entry", taken)]];
    }
    if (field.default !== undefined && field.default !== null) return [[name, field.default]];
    return field.type === "string" ? [[name, ""]] : [];
  });
  return Object.fromEntries(filled);
}

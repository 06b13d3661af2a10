import { useId } from "react";
import { Input } from "@/ui";
import { useFormWorld } from "../info";
import { hints, textOf } from "../schema";
import type { WidgetProps } from "./widget";

/** The name of something that is remembered for the whole run; the names in use are offered. */
export function VariableWidget({ schema, value, onChange, control }: WidgetProps) {
  const { variables } = useFormWorld();
  const list = useId();
  const name = textOf(value);
  return (
    <>
      <Input
        {...control}
        value={name}
        list={list}
        autoComplete="off"
        spellCheck={false}
        placeholder={textOf(hints(schema).placeholder)}
        maxLength={typeof schema.maxLength === "number" ? schema.maxLength : undefined}
        // References go by this name, so spaces become what they can read.
        onChange={(event) => onChange(event.target.value.replace(/\s+/g, "_"))}
      />
      <datalist id={list}>
        {variables
          .filter((known) => known !== name)
          .map((known) => (
            <option key={known} value={known} />
          ))}
      </datalist>
    </>
  );
}

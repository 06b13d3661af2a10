import type { JsonObject } from "@/api/types";
import { SchemaForm } from "../SchemaForm";
import { objectOf } from "../schema";
import type { WidgetProps } from "./widget";
import css from "./widgets.module.css";

/** An object with known fields: a form in the form. */
export function GroupWidget({ schema, value, onChange, control, faults }: WidgetProps) {
  const object = objectOf(value);
  return (
    <div className={css.frame}>
      <div className={css.grow}>
        <SchemaForm
          id={control.id}
          schema={schema}
          value={object}
          faults={faults}
          onChange={(name, next) => {
            const { [name]: _, ...rest } = object;
            onChange((next === undefined ? rest : { ...rest, [name]: next }) as JsonObject);
          }}
        />
      </div>
    </div>
  );
}

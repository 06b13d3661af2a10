/** The whole form around a field, for those whose choices hang on what another field holds. */

import { createContext, useContext } from "react";
import type { Json, JsonObject, JsonSchema } from "@/api/types";
import { hints, objectOf } from "./schema";

export interface WholeForm {
  readonly schema: JsonSchema;
  readonly value: JsonObject;
}

export const WholeFormContext = createContext<WholeForm>({ schema: {}, value: {} });

/** What the form's field with that widget holds; undefined where it has none, or nothing is filled in. */
export function useFieldWith(widget: string): Json | undefined {
  const { schema, value } = useContext(WholeFormContext);
  const fields = Object.entries(objectOf(schema.properties));
  const name = fields.find(([, field]) => hints(objectOf(field)).widget === widget)?.[0];
  return name === undefined ? undefined : value[name];
}

import type { ComponentType } from "react";
import type { Json, JsonSchema } from "@/api/types";
import type { ControlProps } from "@/ui";
import type { FieldFault, FieldWords } from "../schema";

export interface WidgetProps {
  schema: JsonSchema;
  label: string;
  help: string;
  value: Json | undefined;
  /** Undefined takes the field out of the settings: back to its default. */
  onChange: (value: Json | undefined) => void;
  /** What ties the control to its label, help and error. */
  control: ControlProps;
  /** What is wrong with the whole value, in words; "" when nothing is. */
  error?: string;
  /** Faults of parts of the value, each with its path inside it. */
  faults: FieldFault[];
  isOptional: boolean;
  /** The words of parts of the value in the reader's language. */
  words?: FieldWords;
}

export type Widget = ComponentType<WidgetProps> & {
  /** Draws its label by itself. */
  labelsItself?: boolean;
  /** Says by itself what is wrong with the whole value. */
  saysError?: boolean;
  /** The word "optional" behind the label helps. */
  saysOptional?: boolean;
};

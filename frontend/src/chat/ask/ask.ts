import type { Json } from "@/api/types";
import type { InputField } from "../page/visitorApi";

/** A button under a form. */
export interface AskAction {
  name: string;
  title: string;
  needs_form?: boolean;
}

/** A question that a run has put to a person and that is open. */
export interface Ask {
  path: string;
  who: "visitor" | "team";
  title: string;
  message: string;
  fields: InputField[];
  actions: AskAction[];
  since: string | null;
  until: string | null;
}

/** What a person says to it. */
export interface AskAnswer {
  path: string;
  action: string;
  fields: Record<string, Json>;
}

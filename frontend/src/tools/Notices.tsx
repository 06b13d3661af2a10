import { useTranslation } from "react-i18next";
import type { ToolSource } from "@/api/types";
import { Disclosure } from "@/ui";
import css from "./tools.module.css";

/** What we have words for; of all else the server's own are shown. */
const KNOWN = [
  "operation_body_kind",
  "operation_elsewhere",
  "operation_needs_cookie",
  "operation_needs_file",
  "operation_refers_elsewhere",
  "operation_too_large",
  "operation_unclear",
  "key_unknown",
  "keys_several",
  "tool_circular",
  "tool_field_names",
  "tool_named_twice",
  "tool_nameless",
  "tool_takes_no_object",
  "tool_too_deep",
  "tool_too_large",
  "tools_too_many",
] as const;

/** What could not be taken in of a source, and why. */
export function Notices({ notices }: Pick<ToolSource, "notices">) {
  const { t } = useTranslation("tools");
  if (notices.length === 0) return null;
  return (
    <Disclosure label={t("notices")}>
      <ul className={css.quiet}>
        {notices.map(({ code, message, values }) => {
          const known = KNOWN.find((one) => one === code);
          const said = known ? t(`notice.${known}`, { about: values.about }) : message;
          return (
            <li key={`${values.tool} ${code} ${values.about}`}>
              {t("notice.of", { tool: values.tool, message: said })}
            </li>
          );
        })}
      </ul>
    </Disclosure>
  );
}

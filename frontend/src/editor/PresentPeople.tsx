import { Copy } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { ConsoleSocket } from "@/api/socket";
import { Badge } from "@/ui";
import { useEditor } from "./context";
import { initials } from "./initials";
import css from "./PresentPeople.module.css";
import { usePresent } from "./usePresent";

const MOST = 3;

/** Who else has this app open, and that it is open in another tab: said once to who does not see it. */
export function PresentPeople({ socket }: { socket?: ConsoleSocket }) {
  const { t } = useTranslation("editor");
  const people = usePresent(useEditor().workflow, socket);
  const others = people.filter((one) => !one.is_you);
  const beyond = others.length - MOST;
  return (
    <div className={css.present} role="status" aria-label={t("present.label")}>
      {people.length > others.length && (
        <span className={css.own} title={t("present.own")}>
          <Badge tone="info" icon={<Copy />}>
            <span className={css.words}>{t("present.own")}</span>
          </Badge>
        </span>
      )}
      {others.slice(0, MOST).map(({ id, name }) => (
        <span key={id} className={css.person} title={t("present.person", { name })}>
          <span className={css.face} aria-hidden="true">
            {initials(name)}
          </span>
          <span className="visually-hidden">{t("present.person", { name })}</span>
        </span>
      ))}
      {beyond > 0 && (
        <span
          className={css.person}
          title={others
            .slice(MOST)
            .map(({ name }) => name)
            .join("\n")}
        >
          <span className={css.face} aria-hidden="true">
            +{beyond}
          </span>
          <span className="visually-hidden">{t("present.others", { count: beyond })}</span>
        </span>
      )}
    </div>
  );
}

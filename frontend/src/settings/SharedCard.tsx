import { Globe } from "lucide-react";
import { useTranslation } from "react-i18next";
import { environment } from "@/api/endpoints";
import { environmentQuery } from "@/api/queries";
import type { Json, SharedInfo } from "@/api/types";
import { preview } from "@/forms/info";
import { Badge } from "@/ui";
import { NamedCard } from "./NamedCard";
import css from "./secrets.module.css";

export interface SharedCardProps {
  shared: SharedInfo;
  mayChange: boolean;
  onChange: () => void;
}

/** One piece of shared information: what it is now, which apps use it, and what its owner can do with it. */
export function SharedCard({ shared, mayChange, onChange }: SharedCardProps) {
  const { t } = useTranslation("environment");
  return (
    <NamedCard
      words="environment"
      icon={<Globe />}
      thing={shared}
      description={shared.description}
      mayChange={mayChange}
      change={t("change")}
      onChange={onChange}
      onDelete={() => environment.remove(shared.id)}
      listed={environmentQuery}
    >
      <dt>
        <Badge>{t(`kinds.${shared.type}`)}</Badge>
      </dt>
      <dd>{valueWords(shared, t("yes"), t("no")) || <span className={css.quiet}>{t("nothing")}</span>}</dd>
    </NamedCard>
  );
}

function valueWords({ type, value }: SharedInfo, yes: string, no: string): string {
  if (type === "boolean") return value === true ? yes : no;
  return preview(value as Json, 300);
}

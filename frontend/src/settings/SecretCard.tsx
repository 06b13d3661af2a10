import { KeyRound } from "lucide-react";
import { useTranslation } from "react-i18next";
import { secrets } from "@/api/endpoints";
import { secretsQuery } from "@/api/queries";
import type { Secret } from "@/api/types";
import { TryDatabase } from "@/forms/secrets/TryDatabase";
import { Badge } from "@/ui";
import { NamedCard } from "./NamedCard";
import css from "./secrets.module.css";

export interface SecretCardProps {
  secret: Secret;
  mayChange: boolean;
  onReplace: () => void;
}

/** One secret: where it may go, which apps use it, and what its owner can do with it. */
export function SecretCard({ secret, mayChange, onReplace }: SecretCardProps) {
  const { t } = useTranslation("secrets");
  return (
    <NamedCard
      words="secrets"
      icon={<KeyRound />}
      thing={secret}
      mayChange={mayChange}
      change={t("replace")}
      onChange={onReplace}
      onDelete={() => secrets.remove(secret.id)}
      listed={secretsQuery}
    >
      <dt>{t("goesTo")}</dt>
      <dd>
        <ul className={css.badges}>
          {secret.hosts.map((host) => (
            <li key={host}>
              <Badge>{host}</Badge>
            </li>
          ))}
        </ul>
      </dd>
      {secret.is_database && mayChange && (
        <>
          <dt>{t("try.database")}</dt>
          <dd>
            <TryDatabase key={secret.changed_at} secret={secret} />
          </dd>
        </>
      )}
    </NamedCard>
  );
}

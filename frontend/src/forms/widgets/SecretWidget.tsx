import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { secretsQuery, sessionQuery } from "@/api/queries";
import { Button, Select } from "@/ui";
import { textOf } from "../schema";
import type { WidgetProps } from "./widget";
import css from "./widgets.module.css";

// Opened by a press, and by few: loaded then.
const SecretDialog = lazy(async () => ({
  default: (await import("../secrets/SecretDialog")).SecretDialog,
}));
const TryDatabase = lazy(async () => ({
  default: (await import("../secrets/TryDatabase")).TryDatabase,
}));

/** A secret by its name. Owners can also make one here; nobody sees what one holds. */
export function SecretWidget({ value, onChange, control }: WidgetProps) {
  const { t } = useTranslation("secrets");
  const { data: session } = useQuery(sessionQuery);
  const { data, isPending } = useQuery(secretsQuery);
  const [isAdding, setAdding] = useState(false);
  const chosen = textOf(value);
  const known = data?.secrets ?? [];
  const options = known.map(({ name, hosts }) => ({ value: name, label: name, hint: hosts.join(", ") }));
  if (chosen && !known.some(({ name }) => name === chosen)) {
    options.push({ value: chosen, label: chosen, hint: data ? t("picker.gone") : "" });
  }
  const database = known.find(({ name, is_database }) => is_database && name === chosen);
  const isOwner = session?.role === "owner";
  return (
    <div className={css.stack}>
      {options.length > 0 || isPending ? (
        <Select
          {...control}
          value={chosen}
          placeholder={t("picker.choose")}
          onChange={onChange}
          options={options}
        />
      ) : (
        <p className={css.quiet} id={control.id} tabIndex={-1}>
          {t(isOwner ? "picker.none" : "picker.noneAskOwner")}
        </p>
      )}
      {isOwner && database && (
        <Suspense>
          <TryDatabase key={`${database.id} ${database.changed_at}`} secret={database} />
        </Suspense>
      )}
      {isOwner && (
        <div>
          <Button size="s" icon={<Plus />} onClick={() => setAdding(true)}>
            {t("add")}
          </Button>
        </div>
      )}
      {isAdding && (
        <Suspense fallback={null}>
          <SecretDialog
            secret={null}
            onClose={() => setAdding(false)}
            onKept={({ name }) => onChange(name)}
          />
        </Suspense>
      )}
    </div>
  );
}

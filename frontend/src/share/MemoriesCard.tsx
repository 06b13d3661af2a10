import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { memories } from "@/api/endpoints";
import type { RememberedPerson } from "@/api/types";
import { FaultBanner } from "@/faults/FaultBanner";
import { Button, Dialog, Loading, Section } from "@/ui";
import css from "./share.module.css";

/** Whom the app remembers, and what: to be looked at and deleted. Not there while it remembers nobody. */
export function MemoriesCard({ workflow }: { workflow: string }) {
  const { t } = useTranslation("share");
  const [shown, setShown] = useState<RememberedPerson | null>(null);
  const { data } = useQuery({
    queryKey: ["memories", workflow],
    queryFn: ({ signal }) => memories.people(workflow, signal),
    staleTime: 0,
  });
  const name = useNameOf();
  if (!data || (data.people.length === 0 && !shown)) return null;
  return (
    <Section card title={t("memories.title")} text={t("memories.text")}>
      <ul className={css.form}>
        {data.people.map((person) => (
          <li key={`${person.audience} ${person.ref}`}>
            {name(person)} · {t("memories.count", { count: person.count })}{" "}
            <Button
              size="s"
              aria-label={`${t("memories.show")}: ${name(person)}`}
              onClick={() => setShown(person)}
            >
              {t("memories.show")}
            </Button>
          </li>
        ))}
      </ul>
      <Dialog
        open={shown !== null}
        onOpenChange={(open) => !open && setShown(null)}
        title={shown ? name(shown) : ""}
      >
        {shown && <OfPerson workflow={workflow} person={shown} />}
      </Dialog>
    </Section>
  );
}

function OfPerson({ workflow, person }: { workflow: string; person: RememberedPerson }) {
  const { t } = useTranslation("share");
  const { t: common } = useTranslation("common");
  const queries = useQueryClient();
  const { data, error, refetch } = useQuery({
    queryKey: ["memories", workflow, person.audience, person.ref],
    queryFn: ({ signal }) => memories.of(workflow, person, signal),
    staleTime: 0,
  });
  const forget = useMutation({
    mutationFn: (memory: string | null) =>
      memory === null ? memories.forgetAll(workflow, person) : memories.forget(workflow, memory),
    onSettled: () => queries.invalidateQueries({ queryKey: ["memories", workflow] }),
  });
  if (!data && !error) return <Loading label={common("state.loading")} />;
  const kept = data?.memories ?? [];
  return (
    <div className={css.form}>
      <FaultBanner error={error ?? forget.error} onRetry={() => void refetch()} />
      {data && kept.length === 0 && <p>{t("memories.none")}</p>}
      <ul className={css.form}>
        {kept.map(({ id, name, text }) => (
          <li key={id}>
            {name && <strong>{name}: </strong>}
            {text}{" "}
            <Button size="s" aria-label={t("memories.forgetOne", { text })} onClick={() => forget.mutate(id)}>
              {t("memories.forget")}
            </Button>
          </li>
        ))}
      </ul>
      {kept.length > 1 && (
        <div>
          <Button look="danger" busy={forget.isPending} onClick={() => forget.mutate(null)}>
            {t("memories.forgetAll")}
          </Button>
        </div>
      )}
    </div>
  );
}

function useNameOf() {
  const { t } = useTranslation("share");
  return ({ audience, ref, name }: RememberedPerson) => {
    if (audience === "member") return t("memories.member", { name: name || ref });
    if (audience === "key") return ref ? t("memories.key", { ref }) : t("memories.shared");
    return t("memories.visitor", { ref: ref.slice(0, 8) });
  };
}

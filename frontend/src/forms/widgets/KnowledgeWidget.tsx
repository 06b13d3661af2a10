import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ArrowUpRight, Plus } from "lucide-react";
import { type KeyboardEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { knowledge } from "@/api/endpoints";
import { knowledgeListQuery } from "@/api/queries";
import type { Json } from "@/api/types";
import { FaultBanner } from "@/faults/FaultBanner";
import { Button, Input, Skeleton } from "@/ui";
import { typeOf } from "../schema";
import css from "./KnowledgeWidget.module.css";
import type { WidgetProps } from "./widget";

/** Collections to look things up in: one (for a text) or several (for a list), also a new one made here. */
export function KnowledgeWidget({ schema, value, onChange, control, label }: WidgetProps) {
  const { t } = useTranslation("knowledge");
  // Documents are added on another page, often in another window.
  const { data, error, refetch } = useQuery({ ...knowledgeListQuery, refetchOnWindowFocus: true });
  const isOne = typeOf(schema) === "string";
  const chosen = idsOf(value);
  const choose = (ids: string[]) => onChange(isOne ? (ids.at(-1) ?? "") : ids);
  const toggle = (id: string, isChosen: boolean) =>
    choose(isOne ? [id] : isChosen ? [...chosen, id] : chosen.filter((each) => each !== id));
  const known = data?.knowledge ?? [];
  const gone = data ? chosen.filter((id) => !known.some((each) => each.id === id)) : [];
  const named = {
    role: isOne ? "radiogroup" : "group",
    "aria-label": label,
    "aria-describedby": control["aria-describedby"],
  };
  if (error && !data) return <FaultBanner error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton className={css.waiting} />;
  return (
    <div className={css.knowledge}>
      <div className={css.list} {...named} id={control.id} tabIndex={-1}>
        {known.length === 0 && gone.length === 0 && <p className={css.quiet}>{t("picker.none")}</p>}
        {known.map(({ id, name, documents, working }) => (
          <div key={id} className={css.row}>
            <label className={css.choice}>
              <input
                type={isOne ? "radio" : "checkbox"}
                name={control.id}
                checked={chosen.includes(id)}
                onChange={({ target }) => toggle(id, target.checked)}
              />
              <span className={css.words}>
                <span>{name}</span>
                <span className={css.quiet}>
                  {documents === 0 ? t("list.noDocuments") : t("list.documents", { count: documents })}
                  {working > 0 && ` · ${t("list.working", { count: working })}`}
                </span>
              </span>
            </label>
            <Link
              className={css.open}
              to={`/knowledge/${id}`}
              aria-label={t(documents === 0 ? "picker.addTo" : "picker.open", { name })}
            >
              {documents === 0 ? t("picker.add") : t("picker.look")}
              <ArrowUpRight aria-hidden="true" />
            </Link>
          </div>
        ))}
        {gone.map((id) => (
          <label key={id} className={css.choice}>
            <input
              type={isOne ? "radio" : "checkbox"}
              name={control.id}
              checked
              onChange={() => choose(chosen.filter((each) => each !== id))}
            />
            <span className={css.gone}>{t("picker.gone")}</span>
          </label>
        ))}
      </div>
      <NewCollection onMade={(id) => choose(isOne ? [id] : [...chosen, id])} />
    </div>
  );
}

/** A button that becomes a field: the name of a new, empty collection. */
function NewCollection({ onMade }: { onMade: (id: string) => void }) {
  const { t } = useTranslation("knowledge");
  const { t: common } = useTranslation("common");
  const queries = useQueryClient();
  const [name, setName] = useState<string | null>(null);
  const create = useMutation({
    mutationFn: (name: string) => knowledge.create({ name }),
    onSuccess: (made) => {
      queries.setQueryData(
        knowledgeListQuery.queryKey,
        (old) => old && { ...old, knowledge: [made, ...old.knowledge] },
      );
      setName(null);
      onMade(made.id);
    },
  });
  if (name === null) {
    return (
      <div>
        <Button size="s" icon={<Plus />} onClick={() => setName("")}>
          {t("new.open")}
        </Button>
      </div>
    );
  }
  const submit = () => {
    if (name.trim() && !create.isPending) create.mutate(name.trim());
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Enter") {
      event.preventDefault();
      submit();
    }
    if (event.key === "Escape") {
      event.stopPropagation();
      setName(null);
    }
  };
  return (
    <div className={css.knowledge}>
      <div className={css.fresh}>
        <Input
          aria-label={t("new.name")}
          placeholder={t("new.placeholder")}
          value={name}
          maxLength={100}
          autoFocus
          onChange={({ target }) => setName(target.value)}
          onKeyDown={onKeyDown}
        />
        <Button size="s" busy={create.isPending} disabled={!name.trim()} onClick={submit}>
          {t("new.create")}
        </Button>
        <Button size="s" look="quiet" onClick={() => setName(null)}>
          {common("action.cancel")}
        </Button>
      </div>
      {!create.isPending && <FaultBanner error={create.error} />}
    </div>
  );
}

function idsOf(value: Json | undefined): string[] {
  const all = Array.isArray(value) ? value : [value];
  return all.filter((each): each is string => typeof each === "string" && each !== "");
}

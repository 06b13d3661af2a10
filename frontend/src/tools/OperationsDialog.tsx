import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { toolSourcesQuery } from "@/api/queries";
import type { ToolSource } from "@/api/types";
import { FaultBanner } from "@/faults/FaultBanner";
import { Button, Dialog, Field, Input, Loading, Select, toast } from "@/ui";
import { toolSources } from "./endpoints";
import { isWholeKey, KeyFields, type KeyUse, PLACES } from "./KeyFields";
import { OperationList } from "./OperationList";
import { keysOfWay, pairsOf, readsAreTrusted, type ServiceKey, saidNow, wayOf } from "./operations";
import { RemarkBanner } from "./RemarkBanner";
import css from "./tools.module.css";

export interface OperationsDialogProps {
  source: ToolSource;
  /** It was added just now: what is proposed was not decided by anybody yet. */
  isNew: boolean;
  isOwner: boolean;
  onClose: () => void;
}

/** All that there is to say of a described service: where it is, its key, and which operations are used. */
export default function OperationsDialog({ source, isNew, isOwner, onClose }: OperationsDialogProps) {
  const { t } = useTranslation("tools");
  const formId = useId();
  const [isBusy, setBusy] = useState(false);
  const isThere = source.looked_at !== null;
  return (
    <Dialog
      open
      size="l"
      onOpenChange={(open) => !open && onClose()}
      title={t(isNew ? "operations.newTitle" : "form.changeTitle", { name: source.name })}
      description={t("operations.text")}
      footer={
        isThere && (
          <Button look="primary" type="submit" form={formId} busy={isBusy}>
            {t("form.save")}
          </Button>
        )
      }
    >
      {!isThere && source.error && <RemarkBanner remark={source.error} />}
      {!isThere && !source.error && <Loading label={t("state.looking")} />}
      {isThere && (
        <Service
          // What is typed stays while the page looks again, and begins anew where the description was read anew.
          key={source.looked_at}
          formId={formId}
          source={source}
          isNew={isNew}
          isOwner={isOwner}
          onBusy={setBusy}
          onClose={onClose}
        />
      )}
    </Dialog>
  );
}

interface ServiceProps extends OperationsDialogProps {
  formId: string;
  onBusy: (isBusy: boolean) => void;
}

function Service({ source, isNew, isOwner, formId, onBusy, onClose }: ServiceProps) {
  const { t } = useTranslation("tools");
  const queries = useQueryClient();
  const [name, setName] = useState(source.name);
  const [base, setBase] = useState(source.base_address);
  const [key, setKey] = useState<KeyUse>(() => keyOf(source));
  const [second, setSecond] = useState<KeyUse>(() => secondOf(source) ?? NO_KEY);
  const [way, setWay] = useState(() => wayOf(source, keyOf(source), secondOf(source)));
  const [chosen, setChosen] = useState<ReadonlySet<string>>(
    () => new Set(source.tools.filter((tool) => tool.is_enabled).map(({ id }) => id)),
  );
  const [reads, setReads] = useState(() => isOwner && readsAreTrusted(source.tools, isNew));
  const [wasSent, setSent] = useState(false);
  const keys = source.service?.keys ?? [];
  const pairs = pairsOf(source.service);
  const isPair = pairs.includes(way);
  const nameOf = (known: ServiceKey) => known.name || t(`form.${known.place}`);
  const namesOf = (pair: string) => keysOfWay(pair, source.service).map(nameOf).join(" + ");
  const [one, other] = keysOfWay(way, source.service).map(nameOf);
  const save = useMutation({
    onMutate: () => onBusy(true),
    mutationFn: async () => {
      const auth = way === "none" ? "none" : "secret";
      const { secret, secret_place: place, secret_field: field } = second;
      const also = isPair ? { secret, place, field } : null;
      await toolSources.change(source.id, { name, auth, ...key, second: also, base_address: base });
      const tools = source.tools
        .filter((tool) => chosen.has(tool.id) && tool.state !== "gone")
        .map((tool) => ({ id: tool.id, digest: saidNow(tool).digest }));
      return toolSources.choose(source.id, { tools, reads });
    },
    onSuccess: () => {
      toast.done(t("form.saved", { name }));
      onClose();
    },
    onSettled: () => {
      onBusy(false);
      return queries.invalidateQueries({ queryKey: toolSourcesQuery.queryKey });
    },
  });
  const choose = (next: string) => {
    const [known, also] = keysOfWay(next, source.service);
    setWay(next);
    if (known) setKey({ ...key, secret_place: known.place, secret_field: known.field });
    if (also) setSecond({ ...second, secret_place: also.place, secret_field: also.field });
  };
  const missing = (text: string) => (wasSent && text.trim() === "" ? t("form.missing") : undefined);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setSent(true);
    const isKeyed = way === "none" || (isWholeKey(key) && (!isPair || isWholeKey(second)));
    if (name.trim() !== "" && base.trim() !== "" && isKeyed && !save.isPending) save.mutate();
  };
  const servers = source.service?.servers ?? [];
  return (
    <form id={formId} className={css.form} onSubmit={submit} noValidate>
      <Field label={t("form.name")} error={missing(name)}>
        {(control) => (
          <Input {...control} value={name} maxLength={60} onChange={({ target }) => setName(target.value)} />
        )}
      </Field>
      <Field
        label={t("operations.base")}
        help={
          servers.length > 1
            ? t("operations.servers", { all: servers.join(" · ") })
            : t("operations.baseHelp")
        }
        error={missing(base)}
      >
        {(control) => (
          <Input
            {...control}
            type="url"
            value={base}
            maxLength={2_000}
            onChange={({ target }) => setBase(target.value)}
          />
        )}
      </Field>
      <Field label={t("form.auth")}>
        {(control) => (
          <Select
            {...control}
            value={way}
            onChange={choose}
            options={[
              { value: "none", label: t("form.authNone") },
              ...keys.map((known, at) => ({
                value: String(at),
                label: nameOf(known),
                hint: known.field ? `${t(`form.${known.place}`)}: ${known.field}` : t(`form.${known.place}`),
              })),
              ...pairs.map((pair) => ({ value: pair, label: namesOf(pair), hint: t("operations.both") })),
              { value: "other", label: t(keys.length > 0 ? "operations.otherKey" : "form.authSecret") },
            ]}
          />
        )}
      </Field>
      {source.notices
        .filter(({ code }) => code === "key_unknown")
        .map(({ values }) => (
          <p key={values.tool} className={css.quiet}>
            {t("notice.of", { tool: values.tool, message: t("notice.key_unknown", { about: values.about }) })}
          </p>
        ))}
      {pairs.length > 0 && !isPair && (
        <p className={css.quiet}>{t("operations.together", { keys: pairs.map(namesOf).join(", ") })}</p>
      )}
      {way !== "none" && (
        <KeyFields
          value={key}
          onChange={(fields) => setKey({ ...key, ...fields })}
          isPlaced={way !== "other"}
          label={isPair ? t("operations.secretFor", { key: one }) : undefined}
          isChecked={wasSent}
        />
      )}
      {isPair && (
        <KeyFields
          value={second}
          onChange={(fields) => setSecond({ ...second, ...fields })}
          isPlaced
          isSecond
          label={t("operations.secretFor", { key: other })}
          isChecked={wasSent}
        />
      )}
      {isOwner && (
        <label className={css.choice}>
          <input type="checkbox" checked={reads} onChange={({ target }) => setReads(target.checked)} />
          <span className={css.words}>
            <span>{t("operations.reads")}</span>
            <span className={css.quiet}>{t("operations.readsHelp")}</span>
          </span>
        </label>
      )}
      <OperationList tools={source.tools} chosen={chosen} onChange={setChosen} />
      {!save.isPending && <FaultBanner error={save.error} />}
    </form>
  );
}

const NO_KEY: KeyUse = { secret: "", secret_place: "bearer", secret_field: "" };

const keyOf = (source: ToolSource): KeyUse => ({
  secret: source.secret,
  secret_place: PLACES.find((place) => place === source.secret_place) ?? "bearer",
  secret_field: source.secret_field,
});

const secondOf = ({ second }: ToolSource): KeyUse | undefined =>
  second ? { secret: second.secret, secret_place: second.place, secret_field: second.field } : undefined;

import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { secretsQuery } from "@/api/queries";
import { Field, Input, Select } from "@/ui";
import css from "./tools.module.css";

export const PLACES = ["bearer", "basic", "header", "query"] as const;
export type Place = (typeof PLACES)[number];

/** Which secret goes along, and where it stands. */
export interface KeyUse {
  secret: string;
  secret_place: Place;
  secret_field: string;
}

export interface KeyFieldsProps {
  value: KeyUse;
  onChange: (fields: Partial<KeyUse>) => void;
  /** Where it stands is said elsewhere: only the secret is asked for, and a user's name. */
  isPlaced?: boolean;
  /** What it is called where there are two. */
  label?: string;
  /** What is to be said of secrets stands at the first of two. */
  isSecond?: boolean;
  /** Says what is missing. */
  isChecked: boolean;
}

const needsField = ({ secret_place }: KeyUse) => secret_place === "header" || secret_place === "query";

/** Whether all is there that a request needs. */
export const isWholeKey = (key: KeyUse): boolean =>
  key.secret !== "" && (!needsField(key) || key.secret_field.trim() !== "");

/** The secret of a source. */
export function KeyFields({
  value,
  onChange,
  isPlaced = false,
  label,
  isSecond = false,
  isChecked,
}: KeyFieldsProps) {
  const { t } = useTranslation("tools");
  const { data: kept } = useQuery(secretsQuery);
  const secrets = kept?.secrets ?? [];
  const isNamed = needsField(value);
  const missing = (text: string) => (isChecked && text.trim() === "" ? t("form.missing") : undefined);
  return (
    <>
      {secrets.length === 0 && !isSecond && <p className={css.quiet}>{t("form.noSecrets")}</p>}
      <Field label={label ?? t("form.secret")} error={missing(value.secret)}>
        {(control) => (
          <Select
            {...control}
            value={value.secret}
            onChange={(secret) => onChange({ secret })}
            options={secrets.map(({ name, hosts }) => ({ value: name, label: name, hint: hosts.join(", ") }))}
          />
        )}
      </Field>
      {!isPlaced && (
        <Field label={t("form.place")}>
          {(control) => (
            <Select
              {...control}
              value={value.secret_place}
              onChange={(place) => onChange({ secret_place: place as Place, secret_field: "" })}
              options={PLACES.map((place) => ({ value: place, label: t(`form.${place}`) }))}
            />
          )}
        </Field>
      )}
      {(value.secret_place === "basic" || (isNamed && !isPlaced)) && (
        <Field
          label={t(isNamed ? "form.field" : "form.user")}
          error={isNamed ? missing(value.secret_field) : undefined}
        >
          {(control) => (
            <Input
              {...control}
              value={value.secret_field}
              maxLength={100}
              onChange={({ target }) => onChange({ secret_field: target.value })}
            />
          )}
        </Field>
      )}
    </>
  );
}

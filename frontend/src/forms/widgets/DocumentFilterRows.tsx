import { Plus, Trash2 } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { DocumentField } from "@/api/types";
import { Button, IconButton, Select } from "@/ui";
import {
  BUILT_IN,
  type DocumentFilter,
  type FieldCondition,
  type FieldKind,
  needsValue,
  operatorsOf,
  withField,
  withOperator,
} from "../documentFilter";
import type { FieldFault } from "../schema";
import css from "./ConditionsWidget.module.css";
import { RowFaults } from "./rows";

export interface ValueProps {
  id: string;
  condition: FieldCondition;
  kind: FieldKind | undefined;
  isInvalid: true | undefined;
  onChange: (next: FieldCondition) => void;
}

export interface DocumentFilterRowsProps {
  id: string;
  filter: DocumentFilter;
  /** What the collections give their documents besides what every one has. */
  fields: readonly DocumentField[];
  faults: readonly FieldFault[];
  onChange: (next: DocumentFilter) => void;
  /** How the value is entered: where an app is built, it may be information from earlier steps. */
  value: (props: ValueProps) => ReactNode;
}

/** Conditions on documents, each a sentence: "[Department] [is] [Sales] and …". */
export function DocumentFilterRows({ id, filter, fields, faults, onChange, value }: DocumentFilterRowsProps) {
  const { t } = useTranslation("forms");
  const { t: known } = useTranslation("knowledge");
  const { match, conditions } = filter;
  const kindOf = (name: string): FieldKind | undefined =>
    [...BUILT_IN, ...fields].find((field) => field.name === name)?.kind;
  const change = (next: readonly FieldCondition[]) => onChange({ match, conditions: next });
  const fresh = (): FieldCondition => {
    const field = fields[0] ?? BUILT_IN[0];
    const kind = field?.kind;
    return {
      field: field?.name ?? "",
      operator: operatorsOf(kind, "")[0] ?? "is",
      value: null,
      skip_empty: false,
    };
  };
  const own = fields.map(({ name }) => ({ value: name, label: name }));
  const builtIn = BUILT_IN.map(({ name }) => ({
    value: name,
    label: known(`fields.builtIn.${name as "name"}`),
  }));
  const options = (name: string) => [
    ...(own.length > 0 ? [{ group: t("documents.own"), options: own }] : []),
    { group: t("documents.builtIn"), options: builtIn },
    ...(name && kindOf(name) === undefined
      ? [{ group: t("documents.missing"), options: [{ value: name, label: name }] }]
      : []),
  ];
  return (
    <>
      {conditions.map((condition, i) => {
        const kind = kindOf(condition.field);
        const isWrong = (part: string) =>
          faults.some(({ path }) => path === `conditions[${i}].${part}`) || undefined;
        const put = (next: FieldCondition) => change(conditions.map((c, j) => (j === i ? next : c)));
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: conditions have no names of their own, and never change places
          <div className={css.condition} key={i}>
            {i === 0 ? (
              <span className={css.joint}>{t("documents.where")}</span>
            ) : (
              <div className={css.match}>
                <Select
                  aria-label={t("conditions.match")}
                  value={match}
                  onChange={(next) => onChange({ match: next === "any" ? "any" : "all", conditions })}
                  options={[
                    { value: "all", label: t("conditions.and") },
                    { value: "any", label: t("conditions.or") },
                  ]}
                />
              </div>
            )}
            <Select
              className={css.left}
              aria-label={t("documents.field", { number: i + 1 })}
              aria-invalid={isWrong("field")}
              value={condition.field}
              placeholder={t("choose")}
              onChange={(next) => put(withField(condition, next, kind, kindOf(next)))}
              options={options(condition.field)}
            />
            <Select
              className={css.operator}
              aria-label={t("documents.operator", { number: i + 1 })}
              aria-invalid={isWrong("operator")}
              value={condition.operator}
              onChange={(next) => put(withOperator(condition, next))}
              options={operatorsOf(kind, condition.operator).map((o) => ({
                value: o,
                label: t(`operators.${o as "is"}`, { defaultValue: o }),
              }))}
            />
            {needsValue(condition.operator) && (
              <div className={css.right}>
                {value({ id: `${id}-${i}`, condition, kind, isInvalid: isWrong("value"), onChange: put })}
              </div>
            )}
            <IconButton
              className={css.remove}
              label={t("conditions.remove", { number: i + 1 })}
              onClick={() => change(conditions.filter((_, j) => j !== i))}
            >
              <Trash2 />
            </IconButton>
          </div>
        );
      })}
      {/* Several conditions may lack the same thing: it is said once. */}
      <RowFaults messages={[...new Set(faults.map(({ message }) => message))]} />
      <div>
        <Button size="s" look="quiet" icon={<Plus />} onClick={() => change([...conditions, fresh()])}>
          {t("conditions.add")}
        </Button>
      </div>
    </>
  );
}

import { Plus, Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button, IconButton, Select, Textarea } from "@/ui";
import { type Condition, needsRight, operatorsFor, type Rule, withLeft, withOperator } from "../conditions";
import { findInfo, type InfoKind, useFormWorld } from "../info";
import { InfoSelect } from "../template/InfoSelect";
import { onlyRef } from "../template/syntax";
import css from "./ConditionsWidget.module.css";
import { RowFaults, wordsOf } from "./rows";
import { TemplateField } from "./TemplateWidget";
import type { WidgetProps } from "./widget";

export interface ConditionRowsProps {
  id: string;
  rule: Rule;
  known: readonly string[];
  faults: WidgetProps["faults"];
  fresh: () => Condition;
  onChange: (next: Rule) => void;
}

/** Conditions that hold together, each a sentence: "If [Message] [contains] [refund] and …". */
export function ConditionRows({ id, rule, known, faults, fresh, onChange }: ConditionRowsProps) {
  const { t } = useTranslation("forms");
  const { match, conditions } = rule;
  const change = (next: readonly Condition[]) => onChange({ match, conditions: next });
  return (
    <>
      {conditions.map((condition, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: conditions have no names of their own, and never change places
        <div className={css.condition} key={i}>
          {i === 0 ? (
            <span className={css.joint}>{t("conditions.if")}</span>
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
          <Sentence
            id={`${id}-${i}`}
            condition={condition}
            known={known}
            onChange={(next) => change(conditions.map((c, j) => (j === i ? next : c)))}
          />
          <IconButton
            className={css.remove}
            label={t("conditions.remove", { number: i + 1 })}
            onClick={() => change(conditions.filter((_, j) => j !== i))}
          >
            <Trash2 />
          </IconButton>
        </div>
      ))}
      <RowFaults messages={faults.map((f) => f.message)} />
      <div>
        <Button size="s" look="quiet" icon={<Plus />} onClick={() => change([...conditions, fresh()])}>
          {t("conditions.add")}
        </Button>
      </div>
    </>
  );
}

interface SentenceProps {
  id: string;
  condition: Condition;
  known: readonly string[];
  onChange: (next: Condition) => void;
}

/** [information] [comparison] [value]: the comparisons follow the kind of the information. */
function Sentence({ id, condition, known, onChange }: SentenceProps) {
  const { t, i18n } = useTranslation("forms");
  const { info } = useFormWorld();
  const kind = kindOf(condition.left, info);
  const left = typeof condition.left === "string" ? condition.left : "";
  const { operator, right } = condition;
  const operators = operatorsFor(kind, known, operator);
  const label = (o: string) => (i18n.exists(`forms:operators.${o}`) ? t(`operators.${o as "is"}`) : o);
  return (
    <>
      <div className={css.left}>
        <InfoSelect
          value={left}
          label={t("conditions.left")}
          onChange={(next, nextKind) => onChange(withLeft(condition, next, nextKind, known))}
        />
      </div>
      <Select
        className={css.operator}
        aria-label={t("conditions.operator")}
        value={operator}
        onChange={(next) => onChange(withOperator(condition, next))}
        options={operators.map((o) => ({ value: o, label: label(o) }))}
      />
      {needsRight(operator) &&
        (operator === "matches_any" ? (
          <Textarea
            className={css.right}
            rows={1}
            grows
            value={Array.isArray(right) ? right.join(", ") : right === null ? "" : String(right)}
            aria-label={t("conditions.words")}
            placeholder={t("conditions.wordsExample")}
            onChange={(e) => onChange({ ...condition, right: wordsOf(e.target.value) })}
          />
        ) : (
          <div className={css.right}>
            <TemplateField
              id={`${id}-right`}
              label={t("conditions.right")}
              singleLine
              value={right === null ? "" : typeof right === "string" ? right : JSON.stringify(right)}
              onChange={(next) => onChange({ ...condition, right: next })}
              placeholder={t("conditions.rightExample")}
            />
          </div>
        ))}
    </>
  );
}

function kindOf(left: Condition["left"], info: ReturnType<typeof useFormWorld>["info"]): InfoKind {
  const ref = onlyRef(left);
  if (!ref) return "any";
  // A filter may turn it into something else.
  return ref.filters ? "any" : (findInfo(info, ref)?.kind ?? "any");
}

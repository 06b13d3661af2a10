import { Plus, Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button, IconButton, Input, Select, Textarea } from "@/ui";
import {
  type Case,
  type Condition,
  casesOf,
  casesToJson,
  freshCase,
  freshCondition,
  needsRight,
  operatorsFor,
  operatorsOf,
  withLeft,
  withOperator,
} from "../conditions";
import { findInfo, type InfoKind, useFormWorld } from "../info";
import { faultsOf } from "../schema";
import { InfoSelect } from "../template/InfoSelect";
import { onlyRef } from "../template/syntax";
import css from "./ConditionsWidget.module.css";
import { RowFaults, wordsOf } from "./rows";
import { TemplateField } from "./TemplateWidget";
import type { WidgetProps } from "./widget";

/** Paths, each with the sentence that says when it is taken: "If [Message] [contains] [refund]". */
export function ConditionsWidget({ schema, value, onChange, control, faults }: WidgetProps) {
  const { t } = useTranslation("forms");
  const { info } = useFormWorld();
  const cases = casesOf(value);
  const known = operatorsOf(schema);
  const nearest = info[0]?.fields[0] ? { node: info[0].node, path: info[0].fields[0].path } : null;
  const save = (next: readonly Case[]) => onChange(casesToJson(next));
  return (
    <div className={css.cases} id={control.id} tabIndex={-1}>
      {cases.map((one, i) => (
        <CaseBox
          // The name is what connections hold on to; it never changes.
          key={one.name || i}
          id={`${control.id}-${i}`}
          index={i}
          one={one}
          known={known}
          faults={faultsOf(faults, `[${i}]`)}
          fresh={() => freshCondition(nearest)}
          onChange={(next) => save(cases.map((c, j) => (j === i ? next : c)))}
          onRemove={() => save(cases.filter((_, j) => j !== i))}
        />
      ))}
      {cases.length === 0 && <p className={css.none}>{t("conditions.none")}</p>}
      <div>
        <Button
          size="s"
          icon={<Plus />}
          onClick={() => {
            const title = t("conditions.pathTitle", { number: cases.length + 1 });
            save([...cases, freshCase(cases, title, freshCondition(nearest))]);
          }}
        >
          {t("conditions.addPath")}
        </Button>
      </div>
    </div>
  );
}

interface CaseBoxProps {
  id: string;
  index: number;
  one: Case;
  known: readonly string[];
  faults: WidgetProps["faults"];
  fresh: () => Condition;
  onChange: (next: Case) => void;
  onRemove: () => void;
}

function CaseBox({ id, index, one, known, faults, fresh, onChange, onRemove }: CaseBoxProps) {
  const { t } = useTranslation("forms");
  const change = (conditions: readonly Condition[]) => onChange({ ...one, conditions });
  return (
    <fieldset className={css.case}>
      <legend className="visually-hidden">
        {one.title || t("conditions.pathTitle", { number: index + 1 })}
      </legend>
      <div className={css.head}>
        <Input
          className={css.title}
          value={one.title}
          aria-label={t("conditions.title")}
          placeholder={t("conditions.pathTitle", { number: index + 1 })}
          onChange={(e) => onChange({ ...one, title: e.target.value })}
        />
        <IconButton label={t("conditions.removePath", { title: one.title })} onClick={onRemove}>
          <Trash2 />
        </IconButton>
      </div>
      {one.conditions.map((condition, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: conditions have no names of their own, and never change places
        <div className={css.condition} key={i}>
          {i === 0 ? (
            <span className={css.joint}>{t("conditions.if")}</span>
          ) : (
            <div className={css.match}>
              <Select
                aria-label={t("conditions.match")}
                value={one.match}
                onChange={(match) => onChange({ ...one, match: match === "any" ? "any" : "all" })}
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
            onChange={(next) => change(one.conditions.map((c, j) => (j === i ? next : c)))}
          />
          <IconButton
            className={css.remove}
            label={t("conditions.remove", { number: i + 1 })}
            onClick={() => change(one.conditions.filter((_, j) => j !== i))}
          >
            <Trash2 />
          </IconButton>
        </div>
      ))}
      <RowFaults messages={faults.map((f) => f.message)} />
      <div>
        <Button size="s" look="quiet" icon={<Plus />} onClick={() => change([...one.conditions, fresh()])}>
          {t("conditions.add")}
        </Button>
      </div>
    </fieldset>
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

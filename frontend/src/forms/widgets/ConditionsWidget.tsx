import { Plus, Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button, IconButton, Input } from "@/ui";
import {
  type Case,
  type Condition,
  casesOf,
  casesToJson,
  freshCase,
  freshCondition,
  nearestIn,
  operatorsOf,
} from "../conditions";
import { useFormWorld } from "../info";
import { faultsOf, objectOf } from "../schema";
import { ConditionRows } from "./ConditionRows";
import css from "./ConditionsWidget.module.css";
import type { WidgetProps } from "./widget";

/** Paths, each with the sentence that says when it is taken: "If [Message] [contains] [refund]". */
export function ConditionsWidget({ schema, value, onChange, control, faults }: WidgetProps) {
  const { t } = useTranslation("forms");
  const { info } = useFormWorld();
  const cases = casesOf(value);
  const known = operatorsOf(objectOf(schema.items));
  const nearest = nearestIn(info);
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
      <ConditionRows
        id={id}
        rule={one}
        known={known}
        faults={faults}
        fresh={fresh}
        onChange={(rule) => onChange({ ...one, ...rule })}
      />
    </fieldset>
  );
}

import { freshCondition, nearestIn, operatorsOf, ruleOf, ruleToJson } from "../conditions";
import { useFormWorld } from "../info";
import { ConditionRows } from "./ConditionRows";
import css from "./ConditionsWidget.module.css";
import type { WidgetProps } from "./widget";

/** When something is to happen: one sentence of conditions. Without any it never does. */
export function RuleWidget({ schema, value, onChange, control, faults, label }: WidgetProps) {
  const { info } = useFormWorld();
  const rule = ruleOf(value);
  return (
    // biome-ignore lint/a11y/useSemanticElements: the field's label stands above already
    <div className={css.case} id={control.id} tabIndex={-1} role="group" aria-label={label}>
      <ConditionRows
        id={control.id}
        rule={rule}
        known={operatorsOf(schema)}
        faults={faults}
        fresh={() => freshCondition(nearestIn(info))}
        onChange={(next) => onChange(next.conditions.length > 0 ? ruleToJson(next) : undefined)}
      />
    </div>
  );
}

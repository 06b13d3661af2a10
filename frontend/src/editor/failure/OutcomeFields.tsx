import { ArrowRight, Plus } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { GraphNode, Policy } from "@/api/types";
import { ERROR_PORT, edgesOutOf, nodeById } from "@/flow-kit/graph";
import { portsOf, type StepType, titleOf, wordsOf } from "@/flow-kit/stepTypes";
import { SchemaForm } from "@/forms/SchemaForm";
import { type FieldFault, type FieldWords, faultsOf, objectOf } from "@/forms/schema";
import { Button } from "@/ui";
import { useDraft, useEditor } from "../context";
import { openPicker } from "../moves";
import css from "./Failure.module.css";
import { messageAt } from "./FailureSection";
import { formOf, type Outcome, outcomeOf, outcomesOf, withOutcome } from "./policy";

export interface OutcomeFieldsProps {
  id: string;
  node: GraphNode;
  type: StepType;
  faults: readonly FieldFault[];
  onChange: (policy: Policy, merge?: string) => void;
}

/** What happens after the last try: the app stops, goes on by another path, or goes on with what is set here. */
export function OutcomeFields({ id, node, type, faults, onChange }: OutcomeFieldsProps) {
  const { t } = useTranslation("editor");
  const { world } = useEditor();
  const graph = useDraft((s) => s.graph);
  const output = useDraft((s) => s.shapes[node.id]?.output) ?? type.output;
  const outcome = outcomeOf(graph, node);
  const fault = messageAt(faults, "on_error");
  const choose = (next: Outcome) => next !== outcome && onChange(withOutcome(graph, node, next, output));
  return (
    <fieldset className={css.outcome} id={id}>
      <legend className={css.legend}>{t("failure.then")}</legend>
      {outcomesOf(node, world()).map((each) => (
        <label key={each} className={css.choice}>
          <input
            type="radio"
            name={`${id}-outcome`}
            value={each}
            checked={outcome === each}
            onChange={() => choose(each)}
            aria-describedby={`${id}-${each}`}
          />
          <span>
            {t(`failure.outcome.${each}`)}
            <span className={css.quiet} id={`${id}-${each}`}>
              {t(`failure.outcome.${each}Help`)}
            </span>
          </span>
        </label>
      ))}
      {fault && <p className={css.warning}>{fault}</p>}
      {outcome === "port" && <OtherPath node={node} />}
      {outcome === "default" && (
        <Fallback id={id} node={node} type={type} faults={faults} onChange={onChange} />
      )}
    </fieldset>
  );
}

/** Where the path for failures leads, and what the steps there know. */
function OtherPath({ node }: { node: GraphNode }) {
  const { t, i18n } = useTranslation("editor");
  const editor = useEditor();
  const graph = useDraft((s) => s.graph);
  const targets = edgesOutOf(graph, node.id)
    .filter((e) => e.port === ERROR_PORT)
    .map((e) => nodeById(graph, e.target))
    .filter((n) => n !== undefined);
  return (
    <div className={css.path}>
      {targets.map((n) => (
        <button
          key={n.id}
          type="button"
          className={css.target}
          onClick={() => editor.store.getState().select([n.id])}
        >
          <ArrowRight aria-hidden="true" />
          {titleOf(n, editor.types, i18n.language)}
        </button>
      ))}
      {targets.length === 0 && (
        <div className={css.buttons}>
          <Button
            size="s"
            icon={<Plus />}
            onClick={() => openPicker(editor, { kind: "after", node: node.id, port: ERROR_PORT }, node.id)}
          >
            {t("failure.addStep")}
          </Button>
          <Button size="s" onClick={() => editor.ui.setState({ connecting: node.id })}>
            {t("actions.connectTo")}
          </Button>
        </div>
      )}
      <p className={css.quiet}>{t("failure.known")}</p>
      <ul className={css.known}>
        <li>
          <strong>{t("failure.info.message")}</strong> {t("failure.messageHelp")}
        </li>
        <li>
          <strong>{t("failure.info.code")}</strong> {t("failure.codeHelp")}
        </li>
      </ul>
    </div>
  );
}

/** What the steps after this one get instead, in the shape of what it gives else. */
function Fallback({ id, node, type, faults, onChange }: OutcomeFieldsProps) {
  const { t, i18n } = useTranslation("editor");
  const { types } = useEditor();
  const shapes = useDraft((s) => s.shapes);
  const output = shapes[node.id]?.output ?? type.output;
  const stepWords = wordsOf(type, i18n.language);
  const value = objectOf(node.policy.default);
  const mine = faultsOf(faults, "default");
  const whole = messageAt(mine, "");
  const ways = portsOf(node, types, shapes).map((p, i): [string, string] => [
    p.name,
    stepWords.port(p.name) || p.title || t("port.path", { number: i + 1 }),
  ]);
  const words: FieldWords = (name) => ({
    title: stepWords.output(name),
    options: Object.fromEntries(ways),
  });
  return (
    <div className={css.fallback}>
      {whole && <p className={css.fault}>{whole}</p>}
      <SchemaForm
        id={`${id}-default`}
        schema={formOf(output)}
        value={value}
        faults={mine}
        words={words}
        onChange={(name, next) => {
          const { [name]: _, ...rest } = value;
          const filled = next === undefined ? rest : { ...rest, [name]: next };
          onChange({ ...node.policy, default: filled }, `default.${name}`);
        }}
      />
    </div>
  );
}

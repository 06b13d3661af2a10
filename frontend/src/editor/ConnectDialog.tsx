import { X } from "lucide-react";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { edgeId, edgesInto, edgesOutOf, nodeById } from "@/flow-kit/graph";
import { titleOf } from "@/flow-kit/stepTypes";
import { graphOf } from "@/flow-kit/tree";
import { Button, Dialog, Field, IconButton, Select } from "@/ui";
import css from "./ConnectDialog.module.css";
import { useDraft, useEditor, useUi } from "./context";
import { connect, removeEdges } from "./edits";
import { type FlowWords, portViews } from "./flow";
import { refusal } from "./refusal";

/**
 * A step's connections without a pointer: those that are there, each to be removed, and a new one. Only what is
 * possible is offered.
 */
export function ConnectDialog({ words }: { words: FlowWords }) {
  const from = useUi((s) => s.connecting);
  return from && <Connections key={from} from={from} words={words} />;
}

function Connections({ from, words }: { from: string; words: FlowWords }) {
  const { t, i18n } = useTranslation("editor");
  const { store, types, ui } = useEditor();
  const graph = useDraft((s) => s.graph);
  const { shapes, problems } = store.getState();
  const { language } = i18n;
  const onClose = () => ui.setState({ connecting: null });
  const node = nodeById(graph, from);
  const ports = node ? portViews(node, { graph, types, shapes, problems, language, words }) : [];
  const [port, setPort] = useState(ports[0]?.name ?? "");
  const targets = graphOf(graph, from).nodes.filter(
    (n) => refusal(graph, { source: from, port, target: n.id }, types) === null,
  );
  const [target, setTarget] = useState("");
  const chosen = targets.some((n) => n.id === target) ? target : (targets[0]?.id ?? "");
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t("connect.title", { title: node ? titleOf(node, types, language) : from })}
      description={targets.length === 0 ? t("connect.nowhere") : undefined}
      footer={
        <>
          <Button onClick={onClose}>{t("connect.cancel")}</Button>
          <Button
            look="primary"
            disabled={!chosen}
            onClick={() => {
              store.getState().edit((g) => connect(g, { source: from, port, target: chosen }));
              onClose();
            }}
          >
            {t("connect.connect")}
          </Button>
        </>
      }
    >
      <div className={css.parts}>
        {ports.length > 1 && (
          <Field label={t("connect.path")}>
            {(control) => (
              <Select
                {...control}
                value={port}
                onChange={setPort}
                options={ports.map((p) => ({ value: p.name, label: p.title }))}
              />
            )}
          </Field>
        )}
        {targets.length > 0 && (
          <Field label={t("connect.to")}>
            {(control) => (
              <Select
                {...control}
                value={chosen}
                onChange={setTarget}
                options={targets.map((n) => ({ value: n.id, label: titleOf(n, types, language) }))}
              />
            )}
          </Field>
        )}
        <Existing of={from} words={words} />
      </div>
    </Dialog>
  );
}

/** What leads to a step and what it leads to, each with a way to remove it. */
function Existing({ of, words }: { of: string; words: FlowWords }) {
  const { t, i18n } = useTranslation("editor");
  const { store, types } = useEditor();
  const graph = useDraft((s) => s.graph);
  const { shapes, problems } = store.getState();
  const { language } = i18n;
  const heading = useId();
  const connections = [...edgesInto(graph, of), ...edgesOutOf(graph, of)];
  if (connections.length === 0) return null;
  const title = (id: string) => {
    const node = nodeById(graph, id);
    return node ? titleOf(node, types, language) : id;
  };
  return (
    <section className={css.existing} aria-labelledby={heading}>
      <h3 id={heading} className={css.heading}>
        {t("connect.existing")}
      </h3>
      <ul className={css.list}>
        {connections.map((edge) => {
          const source = nodeById(graph, edge.source);
          const ports = source ? portViews(source, { graph, types, shapes, problems, language, words }) : [];
          const path = ports.length > 1 ? (ports.find((p) => p.name === edge.port)?.title ?? "") : "";
          const told = words.connection(title(edge.source), path, title(edge.target));
          return (
            <li key={edgeId(edge)} className={css.connection}>
              <span>{told}</span>
              <IconButton
                label={t("connect.remove", { connection: told })}
                onClick={() => store.getState().edit((g) => removeEdges(g, new Set([edgeId(edge)])))}
              >
                <X />
              </IconButton>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

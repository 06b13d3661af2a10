import { useState } from "react";
import { useTranslation } from "react-i18next";
import { nodeById } from "@/flow-kit/graph";
import { titleOf } from "@/flow-kit/stepTypes";
import { graphOf } from "@/flow-kit/tree";
import { Button, Dialog, Field, Select } from "@/ui";
import { useEditor, useUi } from "./context";
import { connect } from "./edits";
import { type FlowWords, portViews } from "./flow";
import { refusal } from "./refusal";

/** A connection without dragging: the way out, and the step it leads to. Only what is possible is offered. */
export function ConnectDialog({ words }: { words: FlowWords }) {
  const { ui } = useEditor();
  const from = useUi((s) => s.connecting);
  if (!from) return null;
  return <Choices key={from} from={from} words={words} onClose={() => ui.setState({ connecting: null })} />;
}

function Choices({ from, words, onClose }: { from: string; words: FlowWords; onClose: () => void }) {
  const { t, i18n } = useTranslation("editor");
  const { store, types } = useEditor();
  const { graph, shapes, problems } = store.getState();
  const { language } = i18n;
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
      <div style={{ display: "grid", gap: "var(--space-4)" }}>
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
      </div>
    </Dialog>
  );
}

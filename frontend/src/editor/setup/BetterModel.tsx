import { Suspense, use, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/may";
import type { Model } from "@/api/types";
import type { UsualModels } from "@/forms/info";
import { Banner, Button, Field, Select } from "@/ui";
import { useDraft, useEditor } from "../context";
import { setField } from "../edits";
import { onPractice } from "../practice";
import { ConnectModelContext } from "./connecting";
import css from "./SetUpSheet.module.css";

export interface BetterModelProps {
  models: readonly Model[];
  usual: UsualModels;
}

/** Where a template needs more than the practice model: a connected one to choose, or one to be connected right here. */
export function BetterModel({ models, usual }: BetterModelProps) {
  const { t } = useTranslation("editor");
  const { needsModel, store, types, world } = useEditor();
  const Connect = use(ConnectModelContext);
  const mayConnect = useMay().own && Connect !== null;
  const graph = useDraft((s) => s.graph);
  const [isConnecting, setConnecting] = useState(false);
  const fields = onPractice(graph, types, models, usual.chat ?? "");
  const better = models.filter((model) => model.kind === "chat" && !model.is_practice);
  const choose = (model: string) =>
    store
      .getState()
      .edit((now) =>
        fields.reduce((all, { node, field }) => setField(all, node.id, field, model, world()), now),
      );
  const offers = needsModel && fields.length > 0 && (
    <Banner
      tone="warn"
      actions={
        mayConnect && (
          <Button size="s" onClick={() => setConnecting(true)}>
            {t("setUp.model.connect")}
          </Button>
        )
      }
    >
      <p>{t("setUp.model.text")}</p>
      {better.length > 0 && (
        <Field label={t("setUp.model.choose")}>
          {(control) => (
            <Select
              {...control}
              value=""
              placeholder={t("setUp.model.chooseHint")}
              onChange={choose}
              options={better.map(({ id, title }) => ({ value: id, label: title }))}
            />
          )}
        </Field>
      )}
      <p>{mayConnect || better.length > 0 ? t("setUp.model.later") : t("setUp.model.ask")}</p>
    </Banner>
  );
  return (
    <div className={css.model}>
      {offers}
      {isConnecting && Connect && (
        <Suspense>
          <Connect onClose={() => setConnecting(false)} />
        </Suspense>
      )}
    </div>
  );
}

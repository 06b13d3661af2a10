import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "react-router";
import { knowledgeListQuery } from "@/api/queries";
import type { Graph } from "@/api/types";
import type { StepTypes } from "@/flow-kit/stepTypes";
import { Banner, Button, Progress } from "@/ui";
import { knowledgeHint, knowledgeOf } from "./knowledge";

interface KnowledgeHintProps {
  graph: Graph;
  types: StepTypes;
}

/** What a person should know of the documents that an app answers from: still being read, none yet, others' so far. */
export function KnowledgeHint({ graph, types }: KnowledgeHintProps) {
  const { t } = useTranslation("knowledge");
  const used = knowledgeOf(graph, types);
  // Set-up is for an app that was made just now; whoever comes back knows where its documents are.
  const isNew = useLocation().state?.isNew === true;
  const [isHidden, setHidden] = useState(false);
  const { data } = useQuery({
    ...knowledgeListQuery,
    enabled: used.length > 0,
    refetchOnWindowFocus: true,
    refetchInterval: ({ state }) =>
      state.data?.knowledge.some(({ id, working }) => working > 0 && used.includes(id)) ? 1_000 : false,
  });
  const hint = data && knowledgeHint(data.knowledge, used);
  if (!hint) return null;
  const { name, id } = hint.collection;
  const add = (
    <Button asChild size="s">
      <Link to={`/knowledge/${id}`}>{t(hint.kind === "ready" ? "hint.own" : "picker.add")}</Link>
    </Button>
  );
  if (hint.kind === "reading") {
    return (
      <Banner flush>
        <Progress
          label={t("hint.reading", { name, ready: hint.ready, count: hint.all })}
          value={hint.ready / hint.all}
        />
      </Banner>
    );
  }
  if (hint.kind === "empty") {
    return (
      <Banner flush tone="warn" actions={add}>
        {t("hint.empty", { name })}
      </Banner>
    );
  }
  if (!isNew || isHidden) return null;
  return (
    <Banner
      flush
      actions={
        <>
          {add}
          <Button size="s" look="quiet" onClick={() => setHidden(true)}>
            {t("hint.later")}
          </Button>
        </>
      }
    >
      {t("hint.ready", { name })}
    </Banner>
  );
}

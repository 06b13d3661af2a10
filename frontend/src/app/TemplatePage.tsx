import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { useMay } from "@/api/may";
import { nodesQuery, templatesQuery, triedTemplateQuery } from "@/api/queries";
import { FaultBanner } from "@/faults/FaultBanner";
import { LookingOnly } from "@/faults/LookingOnly";
import { nodeById, readingOrder } from "@/flow-kit/graph";
import { startsRun, titleOf } from "@/flow-kit/stepTypes";
import { TemplateDetail } from "@/home/TemplateDetail";
import { inLanguage, languageOf } from "@/i18n/language";
import { TryChat } from "@/runs/trying/TryChat";
import { Loading } from "@/ui";
import { NotFoundPage } from "./NotFoundPage";

/** `/templates/:slug`: one template, with a conversation that needs no app of one's own. */
export default function TemplatePage() {
  const { t, i18n } = useTranslation("common");
  const { slug = "" } = useParams();
  const language = languageOf(i18n.language) ?? "en";
  const may = useMay();
  const templates = useQuery(templatesQuery);
  const nodes = useQuery(nodesQuery);
  const template = templates.data?.find((one) => one.slug === slug);
  const tried = useQuery({
    ...triedTemplateQuery(slug, language),
    enabled: may.edit && template !== undefined,
  });
  const types = useMemo(() => new Map(nodes.data?.nodes.map((node) => [node.type, node])), [nodes.data]);
  const error = templates.error ?? nodes.error ?? tried.error;
  if (templates.data && !template) return <NotFoundPage />;
  if (!may.edit) return <LookingOnly />;
  if (error) {
    const again = [templates, nodes, tried].filter((one) => one.error);
    return <FaultBanner error={error} onRetry={() => again.forEach((one) => void one.refetch())} />;
  }
  if (!template || !nodes.data || !tried.data) return <Loading label={t("state.loading")} lines={6} />;
  const { graph } = tried.data;
  const order = readingOrder(graph, (node) => startsRun(types.get(node.type)));
  const steps = order.flatMap((id) => {
    const node = nodeById(graph, id);
    return node ? [titleOf(node, types, language)] : [];
  });
  return (
    <TemplateDetail
      template={template}
      steps={steps}
      chat={
        <TryChat
          key={tried.data.id}
          app={tried.data}
          types={types}
          suggestions={inLanguage(template.suggestions, language)}
          language={language}
        />
      }
    />
  );
}

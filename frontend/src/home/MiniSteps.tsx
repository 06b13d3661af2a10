import { useQuery } from "@tanstack/react-query";
import { ChevronRight } from "lucide-react";
import { Fragment, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { catalogue } from "@/api/endpoints";
import { nodesQuery } from "@/api/queries";
import type { Template } from "@/api/types";
import { StepIcon } from "@/flow-kit/StepIcon";
import css from "./MiniSteps.module.css";
import { miniSteps } from "./steps";

const SHOWN = 4;

/** The steps of a template as a row of small pictures. */
export function MiniSteps({ template }: { template: Template }) {
  const { i18n } = useTranslation();
  const { data } = useQuery(nodesQuery);
  const types = useMemo(() => new Map(data?.nodes.map((node) => [node.type, node])), [data]);
  const steps = miniSteps(template, types, i18n.language).slice(0, SHOWN);
  return (
    <span className={css.steps}>
      {data &&
        steps.map((step, position) => (
          <Fragment key={step.type}>
            {position > 0 && <ChevronRight className={css.then} aria-hidden="true" />}
            <span title={step.title} className={css.step}>
              <StepIcon icon={step.hasIcon ? catalogue.iconUrl(step.type) : ""} group={step.group} />
            </span>
          </Fragment>
        ))}
    </span>
  );
}

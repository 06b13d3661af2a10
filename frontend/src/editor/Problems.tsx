import { CircleCheck, TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { catalogue } from "@/api/endpoints";
import type { Problem } from "@/api/types";
import { nodeById } from "@/flow-kit/graph";
import { StepIcon } from "@/flow-kit/StepIcon";
import { groupOf, titleOf } from "@/flow-kit/stepTypes";
import { Button, Popover, PopoverContent, PopoverTrigger } from "@/ui";
import { useDraft, useEditor, useUi } from "./context";
import { limitOf } from "./limits";
import { focusStep, openStep } from "./moves";
import css from "./Problems.module.css";
import { fieldOf, useProblemWords } from "./problemWords";

/** *2 to fix*: opens the list of what keeps the app from running; or *Ready to publish*. */
export function Problems() {
  const { t } = useTranslation("editor");
  const { ui } = useEditor();
  const problems = useDraft((s) => s.problems);
  const graph = useDraft((s) => s.graph);
  const isOpen = useUi((s) => s.isProblemListOpen);
  const here = problems.filter((p) => !p.node || nodeById(graph, p.node));
  const errors = here.filter((p) => p.severity === "error").length;
  if (here.length === 0) {
    return (
      <p className={css.ready}>
        <CircleCheck aria-hidden="true" />
        {t("problems.ready")}
      </p>
    );
  }
  return (
    <Popover open={isOpen} onOpenChange={(open) => ui.setState({ isProblemListOpen: open })}>
      <PopoverTrigger className={css.chip} data-soft={errors === 0 || undefined}>
        <TriangleAlert aria-hidden="true" />
        {errors > 0 ? t("problems.count", { count: errors }) : t("problems.hints", { count: here.length })}
      </PopoverTrigger>
      <PopoverContent className={css.list} side="top" align="end" aria-label={t("problems.title")}>
        <h2 className={css.title}>{t("problems.title")}</h2>
        <ul>
          {here.map((problem, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a list from the server, shown as it is
            <Row key={i} problem={problem} />
          ))}
        </ul>
      </PopoverContent>
    </Popover>
  );
}

function Row({ problem }: { problem: Problem }) {
  const { t, i18n } = useTranslation("editor");
  const editor = useEditor();
  const words = useProblemWords()(problem);
  const graph = useDraft((s) => s.graph);
  const node = problem.node ? nodeById(graph, problem.node) : undefined;
  const type = node && editor.types.get(node.type);
  return (
    <li className={css.row}>
      <StepIcon icon={type?.has_icon ? catalogue.iconUrl(type.type) : ""} group={groupOf(type)} />
      <div className={css.words}>
        {node && <span className={css.step}>{titleOf(node, editor.types, i18n.language)}</span>}
        <span>{words.message}</span>
        {words.hint && <span className={css.hint}>{words.hint}</span>}
      </div>
      {limitOf(problem) && (
        <Button size="s" onClick={() => editor.ui.setState({ isProblemListOpen: false, isLimitsOpen: true })}>
          {t("problems.show")}
        </Button>
      )}
      {node && (
        <Button
          size="s"
          onClick={() => {
            editor.ui.setState({ isProblemListOpen: false });
            openStep(editor, node.id, fieldOf(problem));
            if (!problem.field) void focusStep(editor, node.id);
          }}
        >
          {t("problems.show")}
        </Button>
      )}
    </li>
  );
}

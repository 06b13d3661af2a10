import { lazy, Suspense } from "react";
import { Skeleton } from "@/ui";
import css from "./WorkflowWidget.module.css";
import type { WidgetProps } from "./widget";

// Few steps use a tool from elsewhere: what only those need is loaded with the first.
const Choice = lazy(async () => ({ default: (await import("../tools")).ToolChoice }));
const Arguments = lazy(async () => ({ default: (await import("../tools")).ToolArguments }));

/** A tool of a connected source. */
export function SourceToolWidget(props: WidgetProps) {
  return (
    <Suspense fallback={<Skeleton className={css.waiting} />}>
      <Choice {...props} />
    </Suspense>
  );
}

/** What the chosen tool is given. */
export function ToolArgumentsWidget(props: WidgetProps) {
  return (
    <Suspense fallback={<Skeleton className={css.waiting} />}>
      <Arguments {...props} />
    </Suspense>
  );
}

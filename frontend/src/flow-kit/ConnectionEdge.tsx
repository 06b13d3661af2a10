import { BaseEdge, EdgeLabelRenderer, type EdgeProps, getBezierPath, useStore } from "@xyflow/react";
import { memo, useContext } from "react";
import { useStore as useNear } from "zustand";
import css from "./ConnectionEdge.module.css";
import { NearContext, useParts } from "./parts";
import type { ConnectionFlowEdge } from "./sized";

export const ConnectionEdge = memo(function ConnectionEdge({
  id,
  source,
  sourceHandleId,
  target,
  sourceX,
  sourceY,
  sourcePosition,
  targetX,
  targetY,
  targetPosition,
  selected,
}: EdgeProps<ConnectionFlowEdge>) {
  const { useConnectionRun } = useParts();
  const run = useConnectionRun({ node: source, port: sourceHandleId ?? "", target });
  const near = useContext(NearContext);
  const isNear = useNear(near, (s) => s.connection === id || s.steps.has(source));
  const [path, x, y] = getBezierPath({ sourceX, sourceY, sourcePosition, targetX, targetY, targetPosition });
  return (
    <>
      <BaseEdge
        id={id}
        path={path}
        className={css.line}
        data-run={run}
        data-selected={selected || undefined}
        interactionWidth={28}
      />
      {run === "active" && <path className={css.flow} d={path} />}
      {(isNear || selected) && <PlusButton connection={id} x={x} y={y} />}
    </>
  );
});

/** As large on screen at any zoom; there only while the pointer, the selection or the focus is near. */
function PlusButton({ connection, x, y }: { connection: string; x: number; y: number }) {
  const { onAdd, words } = useParts();
  const near = useContext(NearContext);
  const zoom = useStore((s) => s.transform[2]);
  if (!onAdd) return null;
  return (
    <EdgeLabelRenderer>
      <button
        type="button"
        className={`${css.plus} nodrag nopan`}
        style={{ transform: `translate(-50%, -50%) translate(${x}px, ${y}px) scale(${1 / zoom})` }}
        aria-label={words.addHere}
        title={words.addHere}
        tabIndex={-1}
        data-connection={connection}
        onPointerEnter={() => near.setState({ connection })}
        onPointerLeave={() => near.setState({ connection: null })}
        onClick={(event) => {
          event.stopPropagation();
          onAdd({ connection }, event.currentTarget.getBoundingClientRect());
        }}
      >
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path d="M8 3v10M3 8h10" />
        </svg>
      </button>
    </EdgeLabelRenderer>
  );
}

import { Handle, type NodeProps, Position, useStore } from "@xyflow/react";
import clsx from "clsx";
import { memo } from "react";
import { LINE_Y } from "./geometry";
import { useParts } from "./parts";
import css from "./StepNode.module.css";
import { exitY, INPUT, type StepFlowNode } from "./sized";

/** Below this zoom nothing small can be read, so the card shows its title and state in large. */
export const FAR = 0.45;

/** A card, or a frame around the steps that lie in it, with its handles. */
export const StepNode = memo(function StepNode({ id, data, selected }: NodeProps<StepFlowNode>) {
  const { Card, Frame, onAdd, words } = useParts();
  const isFar = useStore((s) => s.transform[2] < FAR);
  const { view, begin } = data;
  const count = view.ports.length;
  const isFrame = view.frame !== "";
  const Shape = isFrame ? Frame : Card;
  return (
    <div className={css.step} data-selected={selected || undefined}>
      <Shape id={id} view={view} selected={selected} isFar={isFar} begin={begin} />
      {view.takesInput && (
        <Handle
          id={INPUT}
          type="target"
          position={Position.Left}
          className={css.handle}
          style={{ top: LINE_Y }}
        />
      )}
      {view.ports.map((port, i) => (
        <Handle
          key={port.name}
          id={port.name}
          type="source"
          position={Position.Right}
          className={clsx(css.handle, css.exit, onAdd && !port.isConnected && css.open)}
          style={{ top: exitY(i, count, isFrame) }}
          role={onAdd ? "button" : undefined}
          aria-label={onAdd ? words.addAfter(count > 1 ? port.title : "") : undefined}
          onClick={(event) => {
            event.stopPropagation();
            onAdd?.({ exit: { node: id, port: port.name } }, event.currentTarget.getBoundingClientRect());
          }}
        />
      ))}
    </div>
  );
});

import { type NodeProps, useStore } from "@xyflow/react";
import { type CSSProperties, memo, Suspense } from "react";
import { useParts } from "./parts";
import { FAR } from "./StepNode";
import type { GroupFlowNode, NoteFlowNode } from "./sized";

/** A note, with the zoom as a custom property for what must stay as large on screen. */
export const NoteNode = memo(function NoteNode({ data, selected }: NodeProps<NoteFlowNode>) {
  const { Note } = useParts();
  const isFar = useStore((s) => s.transform[2] < FAR);
  const zoom = useStore((s) => (selected ? s.transform[2] : 1));
  return (
    <div style={{ height: "100%", "--zoom": zoom } as CSSProperties}>
      <Suspense>
        <Note note={data.note} selected={selected} isFar={isFar} />
      </Suspense>
    </div>
  );
});

/** The frame of a group, behind its steps. */
export const GroupNode = memo(function GroupNode({ data }: NodeProps<GroupFlowNode>) {
  const { Group } = useParts();
  const isFar = useStore((s) => s.transform[2] < FAR);
  return <Group group={data.group} isFar={isFar} />;
});

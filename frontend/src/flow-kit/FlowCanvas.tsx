import "@xyflow/react/dist/base.css";
import {
  Background,
  BackgroundVariant,
  ConnectionLineType,
  type EdgeChange,
  type EdgeTypes,
  type FinalConnectionState,
  type NodeChange,
  type NodeTypes,
  ReactFlow,
  type ReactFlowInstance,
} from "@xyflow/react";
import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { GraphEdge } from "@/api/types";
import { GroupNode, NoteNode } from "./BesideNode";
import { ConnectionEdge } from "./ConnectionEdge";
import { type CanvasHandle, handleOf, showBeginning } from "./canvasHandle";
import css from "./FlowCanvas.module.css";
import type { Places, Point } from "./frames";
import { readKey } from "./keys";
import { type CanvasParts, createNearStore, type Exit, NearContext, PartsContext } from "./parts";
import { StepNode } from "./StepNode";
import type { ConnectionFlowEdge, DrawnNode } from "./sized";

const nodeTypes: NodeTypes = { step: StepNode, frame: StepNode, note: NoteNode, stepGroup: GroupNode };
const edgeTypes: EdgeTypes = { connection: ConnectionEdge };
const PRO_OPTIONS = { hideAttribution: true };

export interface FlowCanvasProps {
  nodes: DrawnNode[];
  edges: ConnectionFlowEdge[];
  parts: CanvasParts;
  /** Steps, and notes by their keys; so it is in all that follows. */
  selection: readonly string[];
  selectedEdges: readonly string[];
  onSelect: (chosen: readonly string[], connections: readonly string[]) => void;
  /** While a drag goes on. */
  onDrag: (places: Places) => void;
  /** When it has ended: the new places, for good. */
  onMoved: (places: Places) => void;
  canConnect: (connection: GraphEdge) => boolean;
  onConnect: (connection: GraphEdge) => void;
  /** A connection was dropped where it cannot be made. */
  onRefused: (connection: GraphEdge, at: Point) => void;
  /** A connection was dropped on the empty canvas. */
  onDropped: (exit: Exit, at: { screen: Point; canvas: Point }) => void;
  onReady: (canvas: CanvasHandle) => void;
  onBackground: () => void;
  /** A step, note or group was clicked, selected before or not. */
  onClick: (key: string) => void;
  onOpen: (key: string) => void;
  readOnly?: boolean;
  children?: ReactNode;
}

/** React Flow, set up for steps and connections. The only component that knows it is React Flow. */
export function FlowCanvas(props: FlowCanvasProps) {
  const { nodes, edges, parts, selection, selectedEdges, onSelect, onDrag, onMoved, onReady, children } =
    props;
  const [near] = useState(createNearStore);
  const places = useRef(new Map<string, Point>());
  const away = useRef<ReturnType<typeof setTimeout>>(undefined);

  useEffect(() => near.setState({ steps: new Set(selection) }), [near, selection]);
  useEffect(() => () => clearTimeout(away.current), []);

  const onNodesChange = useCallback(
    (changes: NodeChange<DrawnNode>[]) => {
      const chosen = new Set(selection);
      let isSelecting = false;
      let hasEnded = false;
      for (const change of changes) {
        if (change.type === "select") {
          isSelecting = true;
          if (change.selected) chosen.add(change.id);
          else chosen.delete(change.id);
        } else if (change.type === "position" && change.position) {
          places.current.set(change.id, change.position);
          if (!change.dragging) hasEnded = true;
        }
      }
      if (isSelecting) onSelect([...chosen], chosen.size > 0 ? [] : selectedEdges);
      if (hasEnded) {
        onMoved(places.current);
        places.current = new Map();
      } else if (places.current.size > 0) onDrag(new Map(places.current));
    },
    [selection, selectedEdges, onSelect, onDrag, onMoved],
  );

  const onEdgesChange = useCallback(
    (changes: EdgeChange<ConnectionFlowEdge>[]) => {
      const chosen = new Set(selectedEdges);
      for (const change of changes) {
        if (change.type !== "select") continue;
        if (change.selected) chosen.add(change.id);
        else chosen.delete(change.id);
      }
      onSelect(chosen.size > 0 ? [] : selection, [...chosen]);
    },
    [selection, selectedEdges, onSelect],
  );

  const drawnEdges = useMemo(() => {
    if (selectedEdges.length === 0) return edges;
    const chosen = new Set(selectedEdges);
    return edges.map((e) => (chosen.has(e.id) ? { ...e, selected: true } : e));
  }, [edges, selectedEdges]);

  const flow = useRef<ReactFlowInstance<DrawnNode, ConnectionFlowEdge> | null>(null);
  const onConnectEnd = (event: MouseEvent | TouchEvent, state: FinalConnectionState) => {
    const { fromHandle, toNode } = state;
    if (fromHandle?.type !== "source" || !fromHandle.id || state.isValid) return;
    const screen = pointOf(event);
    const exit = { node: fromHandle.nodeId, port: fromHandle.id };
    // A whole card is easier to hit than its handle, and the step that begins the run has none to hit.
    const target = toNode?.id ?? stepAt(screen);
    if (target) {
      const connection = { source: exit.node, port: exit.port, target };
      if (target === exit.node) return;
      if (props.canConnect(connection)) props.onConnect(connection);
      else props.onRefused(connection, screen);
      return;
    }
    const canvas = flow.current?.screenToFlowPosition(screen);
    // A click on the handle is not a drag; it has its own meaning.
    const start = flow.current?.flowToScreenPosition(state.from ?? { x: 0, y: 0 });
    if (!canvas || !start || Math.hypot(start.x - screen.x, start.y - screen.y) < 24) return;
    props.onDropped(exit, { screen, canvas });
  };

  return (
    <PartsContext value={parts}>
      <NearContext value={near}>
        <ReactFlow
          className={css.canvas}
          nodes={nodes}
          edges={drawnEdges}
          nodeTypes={nodeTypes}
          edgeTypes={edgeTypes}
          onNodesChange={onNodesChange}
          onEdgesChange={onEdgesChange}
          onConnect={({ source, sourceHandle, target }) =>
            props.onConnect({ source, port: sourceHandle ?? "", target })
          }
          isValidConnection={({ source, sourceHandle, target }) =>
            props.canConnect({ source, port: sourceHandle ?? "", target })
          }
          onConnectEnd={onConnectEnd}
          onEdgeMouseEnter={(_, edge) => {
            clearTimeout(away.current);
            near.setState({ connection: edge.id });
          }}
          onEdgeMouseLeave={(_, edge) => {
            // The (+) lies on top of the line: give the pointer time to reach it.
            away.current = setTimeout(() => {
              const isOnPlus = document.querySelector(`[data-connection="${CSS.escape(edge.id)}"]:hover`);
              if (!isOnPlus && near.getState().connection === edge.id) near.setState({ connection: null });
            }, 120);
          }}
          onPaneClick={props.onBackground}
          onNodeClick={(event, node) => {
            if (!event.shiftKey && !event.ctrlKey && !event.metaKey) props.onClick(node.id);
          }}
          onNodeDoubleClick={(_, node) => props.onOpen(node.id)}
          onInit={(instance) => {
            flow.current = instance;
            showBeginning(instance);
            onReady(handleOf(instance));
          }}
          minZoom={0.1}
          maxZoom={1.75}
          onlyRenderVisibleElements
          nodesFocusable={false}
          edgesFocusable={false}
          disableKeyboardA11y
          nodesDraggable={!props.readOnly}
          nodesConnectable={!props.readOnly}
          connectOnClick={false}
          connectionRadius={28}
          connectionLineType={ConnectionLineType.Bezier}
          deleteKeyCode={null}
          nodeDragThreshold={3}
          autoPanOnNodeDrag
          elevateNodesOnSelect={false}
          proOptions={PRO_OPTIONS}
        >
          <Background variant={BackgroundVariant.Dots} gap={20} size={1.5} />
          {children}
        </ReactFlow>
      </NearContext>
    </PartsContext>
  );
}

/** The step whose card lies there. Inside a frame is the canvas. */
function stepAt({ x, y }: Point): string | undefined {
  const under = document.elementFromPoint(x, y)?.closest<HTMLElement>(".react-flow__node");
  const key = under?.dataset.id;
  return key !== undefined && readKey(key).kind === "step" ? key : undefined;
}

function pointOf(event: MouseEvent | TouchEvent): Point {
  const at = "changedTouches" in event ? event.changedTouches[0] : event;
  return { x: at?.clientX ?? 0, y: at?.clientY ?? 0 };
}

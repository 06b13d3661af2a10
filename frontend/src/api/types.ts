/** What crosses the wire between the console and the server. Names follow the server's JSON. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };
/** A JSON Schema as the catalogue sends it; `x-ui` carries the hints for the form. */
export type JsonSchema = JsonObject;

export type Language = "en" | "zh";
export type InBothLanguages = { en: string; zh?: string };

export interface Session {
  user: { id: string; email: string; name: string; language: string };
  workspace: { id: string; name: string };
  role: "owner" | "editor" | "viewer";
  has_password: boolean;
}

export interface GraphNode {
  id: string;
  type: string;
  version: number;
  title: string;
  config: JsonObject;
  policy: { max_attempts?: number | null; backoff_s?: number; timeout_s?: number | null };
  position: { x: number; y: number };
  body: Graph | null;
}

export interface GraphEdge {
  source: string;
  port: string;
  target: string;
}

export interface Graph {
  nodes: GraphNode[];
  edges: GraphEdge[];
}

export interface Port {
  name: string;
  title: string;
}

export type Shapes = Record<string, { ports: Port[]; output: JsonSchema }>;

export interface Problem {
  code: string;
  message: string;
  hint: string;
  node: string | null;
  field: string | null;
  severity: "error" | "warning";
  values: Record<string, string>;
}

/** One node type of the catalogue (`GET /api/nodes`). */
export interface NodeType {
  type: string;
  title: string;
  group: string;
  version: number;
  effects: "none" | "read" | "write";
  help: string;
  doc: string;
  sentence: string;
  streams: string | null;
  ports: Port[];
  config: JsonSchema;
  output: JsonSchema;
  has_icon: boolean;
  i18n: Record<string, NodeTypeWords | undefined>;
}

export interface NodeTypeWords {
  title?: string;
  help?: string;
  doc?: string;
  sentence?: string;
  fields?: Record<string, { title?: string; description?: string } | undefined>;
  ports?: Record<string, string | undefined>;
  output?: Record<string, string | undefined>;
}

export interface NodeCatalogue {
  nodes: NodeType[];
  broken: { name: string; reason: string }[];
}

export interface Template {
  slug: string;
  title: InBothLanguages;
  summary: InBothLanguages;
  suggestions: { en?: string[]; zh?: string[] };
  nodes: { id: string; type: string; position: { x: number; y: number } }[];
  edges: GraphEdge[];
}

export interface WorkflowSummary {
  id: string;
  name: string;
  slug: string;
  updated_at: string;
  is_published: boolean;
  chat_url: string | null;
}

export interface Limits {
  requests_per_minute_visitor: number;
  requests_per_minute_key: number;
  requests_per_minute_app: number;
  tokens_per_day_visitor: number;
  tokens_per_day_key: number;
  tokens_per_day_app: number;
}

export interface Publication {
  slug: string;
  chat_url: string;
  is_enabled: boolean;
  version_number: number;
  published_at: string;
  has_changes: boolean;
  allow_system_text: boolean;
  suggestions: string[];
  limits: Limits;
}

export interface Workflow {
  id: string;
  name: string;
  slug: string;
  revision: number;
  graph: Graph;
  shapes: Shapes;
  problems: Problem[];
  updated_at: string;
  suggestions: string[];
  publication: Publication | null;
}

export interface SavedDraft {
  revision: number;
  shapes: Shapes;
  problems: Problem[];
  updated_at: string;
}

export type RunStatus = "queued" | "running" | "waiting" | "succeeded" | "failed" | "cancelled" | "timed_out";

export interface Usage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
  cost: number | null;
}

export interface ErrorBody {
  code: string;
  message: string;
  hint?: string;
  field?: string | null;
}

export interface Run {
  id: string;
  status: RunStatus;
  answer: string;
  outputs: JsonObject | null;
  error: ErrorBody | null;
  usage: Usage | null;
  conversation_id: string | null;
  created_at: string;
  finished_at: string | null;
}

export interface RunEvent {
  seq: number;
  type: string;
  path: string;
  at: string;
  data: JsonObject;
}

export interface RunDetail extends Run {
  workflow_id: string;
  version: { id: string; number: number | null };
  graph: Graph;
  events: RunEvent[];
}

/** One entry of a run's stream; offsets count Unicode code points. */
export type StreamEntry =
  | { id: string; kind: "event"; event: RunEvent }
  | { id: string; kind: "delta"; delta: { path: string; attempt: number; offset: number; text: string } }
  | { id: string; kind: "snapshot"; snapshot: { path: string; attempt: number; text: string } };

export interface ConversationMessage {
  role: "user" | "assistant";
  text: string;
  run_id: string | null;
  status: RunStatus | null;
}

export interface Conversation {
  id: string;
  messages: ConversationMessage[];
}

export interface Published {
  version: { id: string; number: number; created_at: string };
  publication: Publication;
  api_key: string | null;
}

export interface ApiKey {
  id: string;
  name: string;
  prefix: string;
  created_at: string;
  last_used_at: string | null;
  expires_at: string | null;
  revoked_at: string | null;
}

export interface Version {
  id: string;
  number: number;
  note: string;
  created_at: string;
  is_published: boolean;
}

export interface Model {
  id: string;
  title: string;
  kind: string;
  is_practice: boolean;
  connection: string | null;
}

export interface ModelConnection {
  id: string;
  name: string;
  kind: "litellm" | "openai_compatible";
  provider: string;
  base_url: string;
  models: string[];
  is_ready: boolean;
}

export interface ModelProvider {
  id: string;
  title: string;
  needs: string[];
}

export interface ModelsPage {
  models: Model[];
  default: string;
  connections: ModelConnection[];
  providers: ModelProvider[];
}

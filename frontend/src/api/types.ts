/**
 * What crosses the wire between the console and the server: names for the generated types (`schema.d.ts`),
 * and the few shapes that the OpenAPI description cannot say (a node's policy, the stream).
 */
import type { components, operations } from "./schema";

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };
/** A JSON Schema as the catalogue sends it; `x-ui` carries the hints for the form. */
export type JsonSchema = JsonObject;

/** A generated type in which what is unknown to OpenAPI is known to be JSON. */
export type Wire<T> = unknown extends T ? Json : T extends object ? { [K in keyof T]: Wire<T[K]> } : T;
type Schema<Name extends keyof components["schemas"]> = Wire<components["schemas"][Name]>;

export type Language = "en" | "zh";

export type Session = Schema<"SessionAnswer">;
export type Role = Session["role"];
export type Member = Schema<"MemberAnswer">;
export type Invite = Schema<"InviteAnswer">;
export type Invitation = Schema<"InvitationAnswer">;
export type NewPerson = components["schemas"]["Person"];
export type AuditEntry = Schema<"AuditEntryAnswer">;
export type AuditPage = Schema<"AuditAnswer">;

export type GraphEdge = Schema<"EdgeAnswer">;
export type Port = Schema<"PortAnswer">;
export type Problem = Schema<"ProblemAnswer">;
export type Shapes = Record<string, Schema<"ShapeAnswer">>;

export interface Policy {
  max_attempts?: number | null;
  backoff_s?: number;
  timeout_s?: number | null;
  /** Which errors are tried again; null: those that may pass. */
  retry_codes?: string[] | null;
  /** What then: absent means the way for errors where a connection leaves by it, else the run ends. */
  on_error?: "fail" | "port" | "default" | null;
  /** What the step gives instead, with "default". */
  default?: Json;
}

/** What one run may take at most; null or absent sets no limit. */
export type RunLimits = Partial<Schema<"RunLimitsAnswer">>;

/** A text in Markdown on the canvas; no run sees it. */
export type Note = Schema<"NoteAnswer">;
/** A frame with a name around steps of one graph; no run sees it. */
export type StepGroup = Schema<"GroupAnswer">;
export type Colour = Note["colour"];

export interface GraphNode extends Omit<Schema<"NodeAnswer">, "policy" | "body"> {
  policy: Policy;
  body: Graph | null;
}

export interface Graph {
  nodes: GraphNode[];
  edges: GraphEdge[];
  /** What the app remembers; only the workflow's own graph says it. */
  variables?: Schema<"VariableAnswer">[];
  /** What one run may take; only the workflow's own graph says it. */
  limits?: RunLimits | null;
  /** What people left on the canvas for one another; only the workflow's own graph says it. */
  notes?: Note[];
  groups?: StepGroup[];
}

/** One node type of the catalogue (`GET /api/nodes`). */
export interface NodeType extends Omit<Schema<"NodeTypeAnswer">, "i18n" | "inside"> {
  i18n: Record<string, NodeTypeWords | undefined>;
  /** What steps inside may use of this step; null for a type that holds none. */
  inside: JsonSchema | null;
}

/** What one field of a step's settings says in another language. */
export interface WordsOfField {
  title?: string;
  description?: string;
  options?: Record<string, string>;
  placeholder?: string;
}

export interface NodeTypeWords {
  title?: string;
  help?: string;
  doc?: string;
  sentence?: string;
  fields?: Record<string, WordsOfField | undefined>;
  ports?: Record<string, string | undefined>;
  output?: Record<string, string | undefined>;
  inside?: Record<string, string | undefined>;
}

export interface NodeCatalogue extends Omit<Schema<"NodesAnswer">, "nodes"> {
  nodes: NodeType[];
}

export type Template = Schema<"TemplateAnswer">;
export type UsableApp = Schema<"UsableApp">;
/** Something an app asks for besides the message. */
export interface AskedField extends Omit<Schema<"AskedField">, "default"> {
  default?: Json;
}
/** An app that uses another as a step. */
export type UserOfApp = Schema<"UserOfApp">;
export type WorkflowSummary = Schema<"WorkflowSummary">;

export interface Workflow extends Omit<Schema<"WorkflowAnswer">, "graph"> {
  graph: Graph;
}

/** What makes an app from a template one's own: the answer is a setting of one of its steps. */
export type SetUpQuestion = Schema<"SetUpAnswer">;

export type SavedDraft = Schema<"DraftAnswer">;

export type Publication = Schema<"PublicationAnswer">;
export type Limits = Schema<"LimitsAnswer">;
export type PublicationChange = Partial<components["schemas"]["PublicationBody"]>;
export type Published = Schema<"PublishAnswer">;
export type ApiKey = Schema<"KeyAnswer">;
export type Version = Schema<"VersionAnswer">;

export type Run = Schema<"RunAnswer">;
/** From which step of a run to go on, and with what changed. */
export type NewFork = Omit<Schema<"ForkBody">, "edits"> & { edits?: Record<string, StepEdit> };
/** What is changed of a step: what it gave, or fields of what came into it. */
export type StepEdit = { output: Json; port?: string } | { config: JsonObject };
/** A result that stands for a step when the draft is tried. */
export type Pin = Schema<"PinAnswer">;
export type NewPin = Pick<Schema<"PinBody">, "output"> & Partial<Schema<"PinBody">>;
export type Pins = Readonly<Record<string, Pin | undefined>>;
export type Settlement = components["schemas"]["SettleBody"]["action"];
export type RunSummary = Schema<"RunSummary">;
export type SeenOrigin = Schema<"SeenOriginAnswer">;
export type Inbox = Schema<"InboxAnswer">;
export type InboxEntry = Schema<"InboxItem">;
export type RunFilter = NonNullable<
  NonNullable<operations["backend_runs_api_list_runs"]["parameters"]["query"]>["only"]
>;
export type RunStatus = Run["status"];
/** Facts say `at_least` only where it is so. */
export type Usage = Omit<Schema<"UsageAnswer">, "at_least"> & { at_least?: boolean };
export type RunEvent = Schema<"EventAnswer">;
/** An app that ran inside a run, as a step of another. */
export interface UsedApp extends Omit<Schema<"UsedWorkflowAnswer">, "graph"> {
  graph: Graph;
}
/** By `<id>@latest` or `<id>@<number>`; one deleted since is left out. */
export type UsedApps = Readonly<Record<string, UsedApp | undefined>>;
export interface RunDetail extends Omit<Schema<"WholeRunAnswer">, "graph" | "workflows"> {
  graph: Graph;
  workflows: UsedApps;
}
/** What a conversation remembers beside its messages. */
export type Remembered = Schema<"RememberedAnswer">;
export type Conversation = Schema<"ConversationAnswer">;
export type ConversationMessage = Schema<"MessageAnswer">;

export type ModelsPage = Schema<"ModelsAnswer">;
export type Model = Schema<"ModelAnswer">;
export type ModelConnection = Schema<"ConnectionAnswer">;
export type ModelProvider = Schema<"ProviderAnswer">;
export type ModelKind = Model["kind"];
export type ModelField = Schema<"FieldAnswer">;
export type ModelPreset = Schema<"PresetAnswer">;
export type ModelConnectionChange = components["schemas"]["ConnectionChange"];
export type ModelTest = Schema<"TestAnswer">;
export type LocalModel = Schema<"LocalModelAnswer">;
export type LocalModels = Schema<"LocalModelsAnswer">;
export type NewLocalModel = components["schemas"]["NewLocalModel"];
export type ModelRules = Schema<"RulesAnswer">;
export type ToolCheck = Schema<"ToolCheckAnswer">;
export type NewModelRules = components["schemas"]["NewRules"];
export type NewModelConnection = components["schemas"]["NewConnection"];

export type Knowledge = Schema<"KnowledgeAnswer">;
export type DocumentField = Schema<"DocumentFieldAnswer">;
export type FieldValue = string | number | boolean | null;
export type KnowledgeList = Schema<"KnowledgeList">;
export type UploadLimits = Schema<"LimitsOfUploads">;
export type KnowledgeDocument = Schema<"DocumentAnswer">;
export type DocumentRemark = Schema<"DocumentRemark">;
export type Chunk = Schema<"ChunkAnswer">;
export type FoundPassage = Schema<"PassageAnswer">;
export type SearchQuestion = components["schemas"]["SearchQuestion"];
export type SearchMode = components["schemas"]["SearchQuestion"]["mode"];
export type Source = Schema<"SourceAnswer">;
export type FileAlong = Schema<"FileAlongAnswer">;
export type Chunks = Schema<"ChunksAnswer">;

export type RememberedPerson = Schema<"PersonAnswer">;
export type MailServer = Schema<"MailServerAnswer">;
export type MailServerChange = Schema<"MailServerBody">;
export type Retention = Schema<"RetentionAnswer">;
export type RetentionWish = Schema<"RetentionChange">;
export type RetentionPreview = Schema<"PreviewAnswer">;

/** What came of an app's use. */
export type Insights = Schema<"Insights">;
export type WorkspaceUse = Schema<"WorkspaceUse">;
export type UseFigures = Schema<"UseFigures">;
export type DayUse = Schema<"DayUse">;
export type PersonUse = Schema<"PersonUse">;
export type Clearing = Schema<"ClearingAnswer">;
export type SharedInfo = Schema<"EnvironmentVariableAnswer">;
export type SharedKind = SharedInfo["type"];
export type NewSharedInfo = Schema<"NewEnvironmentVariable">;
export type SharedInfoChange = Schema<"EnvironmentVariableChange">;
export type Secrets = Schema<"SecretsAnswer">;
export type Secret = Schema<"SecretAnswer">;
/** Where tools come from, and what it offers. */
export type ToolSources = Schema<"ToolSourcesAnswer">;
export type ToolSource = Schema<"ToolSourceAnswer">;
export type SourceTool = Schema<"SourceToolAnswer">;
export type NewToolSource = components["schemas"]["NewToolSource"];
export type ToolSourceChange = components["schemas"]["ToolSourceChange"];
export type NewDescription = components["schemas"]["NewDescription"];
export type OperationChoice = components["schemas"]["OperationChoice"];
export type MachineServer = Schema<"MachineServerAnswer">;
export type SignInStart = components["schemas"]["SignInStart"];
export type SignInReturn = components["schemas"]["SignInReturn"];
export type ToolTrial = Schema<"ToolTrialAnswer">;

export interface ErrorBody {
  code: string;
  message: string;
  hint?: string;
  field?: string | null;
}

/** One entry of a run's stream; offsets count Unicode code points. */
export type StreamEntry =
  | { id: string; kind: "event"; event: RunEvent }
  | { id: string; kind: "delta"; delta: { path: string; attempt: number; offset: number; text: string } }
  | { id: string; kind: "snapshot"; snapshot: { path: string; attempt: number; text: string } }
  /** How far a step has come with what it repeats; `total` is null when nobody knows. */
  | { id: string; kind: "progress"; progress: { path: string; done: number; total: number | null } }
  /** How many questions are before a step's own at a model that answers `at_once` at a time; 0: its turn has come. */
  | { id: string; kind: "place"; place: { path: string; ahead: number; at_once: number } };

import { ConditionsWidget } from "./ConditionsWidget";
import { DocumentFilterWidget } from "./DocumentFilterWidget";
import { GroupWidget } from "./GroupWidget";
import { CodeWidget, JsonWidget } from "./JsonWidget";
import { KeyValueWidget } from "./KeyValueWidget";
import { KnowledgeWidget } from "./KnowledgeWidget";
import { ModelWidget, NumberWidget, ParagraphWidget, SelectWidget, TextWidget, ToggleWidget } from "./plain";
import { RowsWidget } from "./RowsWidget";
import { RuleWidget } from "./RuleWidget";
import { InputsWidget, ListWidget, ShapeWidget } from "./rows";
import { SecretWidget } from "./SecretWidget";
import { TemplateWidget } from "./TemplateWidget";
import { SourceToolWidget, ToolArgumentsWidget } from "./toolWidgets";
import { VariableWidget } from "./VariableWidget";
import { WorkflowInputsWidget } from "./WorkflowInputsWidget";
import { WorkflowVersionWidget } from "./WorkflowVersionWidget";
import { WorkflowWidget } from "./WorkflowWidget";
import type { Widget } from "./widget";

/** All ways a field can look. A node that needs another one needs a widget that every node can use. */
const WIDGETS: Record<string, Widget> = {
  text: TextWidget,
  paragraph: ParagraphWidget,
  number: NumberWidget,
  toggle: ToggleWidget,
  select: SelectWidget,
  template: TemplateWidget,
  model: ModelWidget,
  knowledge: KnowledgeWidget,
  secret: SecretWidget,
  conditions: ConditionsWidget,
  rule: RuleWidget,
  "document-filter": DocumentFilterWidget,
  variable: VariableWidget,
  workflow: WorkflowWidget,
  "workflow-version": WorkflowVersionWidget,
  "workflow-inputs": WorkflowInputsWidget,
  "source-tool": SourceToolWidget,
  "tool-arguments": ToolArgumentsWidget,
  inputs: InputsWidget,
  schema: ShapeWidget,
  rows: RowsWidget,
  list: ListWidget,
  "key-value": KeyValueWidget,
  code: CodeWidget,
  json: JsonWidget,
  group: GroupWidget,
};

/** The widget of that name; what the form does not know is edited as JSON. */
export const widgetFor = (name: string): Widget => WIDGETS[name] ?? JsonWidget;

/** What only steps that use a tool from elsewhere need: loaded with the first of them. */
export { default as ToolArguments } from "./ToolArguments";
export { default as ToolChoice } from "./ToolChoice";

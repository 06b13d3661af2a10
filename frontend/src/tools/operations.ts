/** The operations of a described service, as a person chooses among them. */

import type { SourceTool, ToolSource } from "@/api/types";
import type { KeyUse } from "./KeyFields";

/** What a source says of a tool now, also where that is not approved yet. */
export const saidNow = (tool: SourceTool) => tool.offered ?? tool;

/** Such as "GET /orders/{id}"; "" for a tool that is no request. */
export function routeOf({ request }: Pick<SourceTool, "request">): string {
  return request ? `${request.method} ${request.path}` : "";
}

/** The tools that a service has now and in which all words of `text` stand. */
export function found(tools: SourceTool[], text: string): SourceTool[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return tools.filter((tool) => {
    if (tool.state === "gone") return false;
    const now = saidNow(tool);
    const said = `${routeOf(now)} ${tool.name} ${now.title} ${now.description}`.toLowerCase();
    return words.every((word) => said.includes(word));
  });
}

/** Whether all chosen tools that say that they only read are taken at their word; so it is proposed at first. */
export function readsAreTrusted(tools: SourceTool[], isNew: boolean): boolean {
  const reading = tools.filter((tool) => tool.is_enabled && tool.says_reads);
  return isNew || (reading.length > 0 && reading.every((tool) => tool.effect === "read"));
}

type Service = NonNullable<ToolSource["service"]>;
export type ServiceKey = Service["keys"][number];

/** The keys of the description that a way in stands for: one by its position, or two as "0+1". */
export function keysOfWay(way: string, service: Service | null): ServiceKey[] {
  return way.split("+").flatMap((at) => service?.keys[Number(at)] ?? []);
}

/** The ways in that take two keys of the description at the same time. */
export const pairsOf = (service: Service | null): string[] =>
  (service?.pairs ?? []).map((pair) => pair.join("+"));

/** Which of the keys in the description a source uses: "0", two of them: "0+1", "none", or "other". */
export function wayOf(source: Pick<ToolSource, "auth" | "service">, key: KeyUse, second?: KeyUse): string {
  if (source.auth === "none") return "none";
  const isUsed = (use: KeyUse) => (known: ServiceKey | undefined) =>
    known?.place === use.secret_place && (known.place === "basic" || known.field === use.secret_field);
  if (second) {
    const fits = (pair: string) => {
      const [first, other] = keysOfWay(pair, source.service);
      return isUsed(key)(first) && isUsed(second)(other);
    };
    return pairsOf(source.service).find(fits) ?? "other";
  }
  const at = (source.service?.keys ?? []).findIndex(isUsed(key));
  return at < 0 ? "other" : String(at);
}

/** The tools of a source that its card shows: of a described service only those that are used. */
export const onCard = ({ kind, tools }: Pick<ToolSource, "kind" | "tools">): SourceTool[] =>
  kind === "openapi" ? tools.filter((tool) => tool.is_enabled) : tools;

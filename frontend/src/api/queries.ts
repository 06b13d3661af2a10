import {
  infiniteQueryOptions,
  MutationCache,
  QueryCache,
  type QueryClient,
  queryOptions,
} from "@tanstack/react-query";
import * as endpoints from "./endpoints";
import { ApiError } from "./errors";
import { FreshQueryClient } from "./freshQueryClient";
import type { KnowledgeDocument, Language, RunFilter } from "./types";

/**
 * The query cache of the console. A 4xx will not get better by asking again; the rest is retried twice.
 * `onSignedOut` is called when the session turns out to be over, whoever asked.
 */
export function createQueryClient(onSignedOut: () => void = () => {}): QueryClient {
  const onError = (error: Error) => {
    if (error instanceof ApiError && error.code === "signed_out") onSignedOut();
  };
  return new FreshQueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        refetchOnWindowFocus: false,
        retry: (failures, error) =>
          failures < 2 && !(error instanceof ApiError && error.status >= 400 && error.status < 500),
      },
    },
  });
}

const FOREVER = Number.POSITIVE_INFINITY;

export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: ({ signal }) => endpoints.session.get(signal),
  staleTime: FOREVER,
});

export const nodesQuery = queryOptions({
  queryKey: ["nodes"],
  queryFn: ({ signal }) => endpoints.catalogue.nodes(signal),
  staleTime: 60_000,
});

export const templatesQuery = queryOptions({
  queryKey: ["templates"],
  queryFn: ({ signal }) => endpoints.catalogue.templates(signal),
  staleTime: FOREVER,
});

/** The app in which a template is tried, in that language. */
export const triedTemplateQuery = (slug: string, language: Language) =>
  queryOptions({
    queryKey: ["templates", slug, "try", language],
    queryFn: ({ signal }) => endpoints.catalogue.tryTemplate(slug, language, signal),
    staleTime: 60_000,
  });

export const workflowsQuery = queryOptions({
  queryKey: ["workflows"],
  queryFn: ({ signal }) => endpoints.workflows.list(signal),
});

/** The apps that may run as a step of `within`, with their published versions. */
export const usableAppsQuery = (within: string) =>
  queryOptions({
    queryKey: ["workflows", "usable", within],
    queryFn: ({ signal }) => endpoints.workflows.usable(within, signal),
    staleTime: 0, // whoever comes back from publishing one looks for it here
  });

/** What an app asks for besides the message, in the version of that number; null asks for the latest. */
export const askedQuery = (app: string, version: number | null) =>
  queryOptions({
    queryKey: ["workflows", app, "asks", version],
    queryFn: ({ signal }) => endpoints.workflows.asks(app, version, signal),
    staleTime: version === null ? 0 : FOREVER,
  });

/** The apps that use an app as a step. */
export const usersQuery = (app: string) =>
  queryOptions({
    queryKey: ["workflows", app, "users"],
    queryFn: ({ signal }) => endpoints.workflows.users(app, signal),
    staleTime: 0,
  });

export const workflowQuery = (workflow: string) =>
  queryOptions({
    queryKey: ["workflows", workflow],
    queryFn: ({ signal }) => endpoints.workflows.get(workflow, signal),
  });

/** The sample data of an app's draft, by the step's id. */
export const pinsQuery = (workflow: string) =>
  queryOptions({
    queryKey: ["workflows", workflow, "pins"],
    queryFn: ({ signal }) => endpoints.pins.list(workflow, signal),
  });

const RUNS_LOOKED_AT_MS = 2_000;

/** An app's runs page by page, the newest first; looked at again while one of them is not at its end. */
const INBOX_LOOKED_AT_MS = 15_000;

export const runsQuery = (workflow: string, only: RunFilter) =>
  infiniteQueryOptions({
    queryKey: ["workflows", workflow, "runs", only],
    queryFn: ({ pageParam, signal }) =>
      endpoints.runs.list(workflow, { only, before: pageParam ?? undefined }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    staleTime: 0,
    refetchInterval: ({ state }) =>
      state.data?.pages.some((page) => page.runs.some((run) => run.state.kind !== "ended"))
        ? RUNS_LOOKED_AT_MS
        : false,
  });

/** What waits for a person, page by page. */
export const inboxQuery = infiniteQueryOptions({
  queryKey: ["inbox", "items"],
  queryFn: ({ pageParam, signal }) => endpoints.inbox(pageParam, signal),
  initialPageParam: null as number | null,
  getNextPageParam: (page) => page.next,
  staleTime: 0,
  refetchInterval: INBOX_LOOKED_AT_MS,
});

/** How much of that there is. */
export const inboxCountQuery = queryOptions({
  queryKey: ["inbox", "count"],
  queryFn: ({ signal }) => endpoints.inbox(null, signal, 1),
  refetchInterval: 2 * INBOX_LOOKED_AT_MS,
});

/** A run with its journal; looked at again until it has ended. */
export const runQuery = (run: string) =>
  queryOptions({
    queryKey: ["runs", run],
    queryFn: ({ signal }) => endpoints.runs.get(run, signal),
    refetchInterval: ({ state }) => (state.data?.state.kind === "ended" ? false : RUNS_LOOKED_AT_MS),
  });

/** The apps that run inside a run. They are found when it begins, and never change. */
export const usedAppsQuery = (run: string) =>
  queryOptions({
    queryKey: ["runs", run, "workflows"],
    queryFn: ({ signal }) => endpoints.runs.usedApps(run, signal),
    staleTime: FOREVER,
  });

export const keysQuery = (workflow: string) =>
  queryOptions({
    queryKey: ["workflows", workflow, "keys"],
    queryFn: ({ signal }) => endpoints.publishing.keys(workflow, signal),
  });

export const modelsQuery = queryOptions({
  queryKey: ["models"],
  queryFn: ({ signal }) => endpoints.models.list(signal),
});

/** What all apps of the workspace may use by name. Another window may have changed it. */
export const environmentQuery = queryOptions({
  queryKey: ["environment"],
  queryFn: ({ signal }) => endpoints.environment.list(signal),
  refetchOnWindowFocus: true,
});

/** The mail server that apps send e-mail with. */
export const mailQuery = queryOptions({
  queryKey: ["mail"],
  queryFn: ({ signal }) => endpoints.mail.get(signal),
});

/** What the workspace keeps of its runs. While old ones are being deleted, how far that is. */
export const retentionQuery = queryOptions({
  queryKey: ["retention"],
  queryFn: ({ signal }) => endpoints.retention.get(signal),
  refetchInterval: ({ state }) =>
    state.data?.clearing && state.data.clearing.ended_at === null ? 1_000 : false,
});

/** What would go by what is kept now. */
export const retentionPreviewQuery = queryOptions({
  queryKey: ["retention", "preview"],
  queryFn: ({ signal }) => endpoints.retention.preview({}, signal),
  staleTime: 0,
});

/** Names and hosts of what is kept. Another window may have changed them. */
export const secretsQuery = queryOptions({
  queryKey: ["secrets"],
  queryFn: ({ signal }) => endpoints.secrets.list(signal),
  refetchOnWindowFocus: true,
});

/** Where tools come from; looked at again while somebody waits for what a source says. */
export const toolSourcesQuery = queryOptions({
  queryKey: ["tools"],
  queryFn: ({ signal }) => endpoints.toolSources.list(signal),
  refetchOnWindowFocus: true,
  refetchInterval: ({ state }) =>
    state.data?.sources.some((source) => source.state === "looking" || source.sign_in?.phase === "arrived")
      ? 1_000
      : false,
});

export const knowledgeListQuery = queryOptions({
  queryKey: ["knowledge"],
  queryFn: ({ signal }) => endpoints.knowledge.list(signal),
});

export const knowledgeQuery = (base: string) =>
  queryOptions({
    queryKey: ["knowledge", base],
    queryFn: ({ signal }) => endpoints.knowledge.get(base, signal),
  });

const DOCUMENTS_A_PAGE = 100;
const LOOK_AGAIN_MS = 1_000;

/** A document that something still happens to. */
export const isUnfinished = ({ status }: KnowledgeDocument): boolean =>
  status !== "ready" && status !== "failed";

/** A collection's documents, the newest first; looked at again while one of them is being read. */
export const documentsQuery = (base: string) =>
  infiniteQueryOptions({
    queryKey: ["knowledge", base, "documents"],
    queryFn: ({ pageParam, signal }) =>
      endpoints.knowledge.documents(base, { limit: DOCUMENTS_A_PAGE, offset: pageParam }, signal),
    initialPageParam: 0,
    getNextPageParam: (last, _, offset) =>
      last.length === DOCUMENTS_A_PAGE ? offset + DOCUMENTS_A_PAGE : undefined,
    refetchInterval: ({ state }) =>
      state.data?.pages.some((page) => page.some(isUnfinished)) ? LOOK_AGAIN_MS : false,
  });

const CHUNKS_A_PAGE = 20;

type ChunkPlace = { around: number } | { start: number; limit: number };

/** The pieces of a document in order, from the one given (or the first) in both directions. */
export const chunksQuery = (base: string, document: string, around: number | null) =>
  infiniteQueryOptions({
    queryKey: ["knowledge", base, "documents", document, "chunks", around],
    queryFn: ({ pageParam, signal }) => endpoints.knowledge.chunks(base, document, pageParam, signal),
    initialPageParam: (around === null ? { start: 0, limit: CHUNKS_A_PAGE } : { around }) as ChunkPlace,
    getPreviousPageParam: ({ chunks }): ChunkPlace | undefined => {
      const first = chunks[0]?.index ?? 0;
      const start = Math.max(0, first - CHUNKS_A_PAGE);
      return first > 0 ? { start, limit: first - start } : undefined;
    },
    getNextPageParam: ({ chunks, total }): ChunkPlace | undefined => {
      const next = (chunks.at(-1)?.index ?? total) + 1;
      return next < total ? { start: next, limit: CHUNKS_A_PAGE } : undefined;
    },
    staleTime: 60_000,
  });

/** Model files on the server; looked at again while one of them is on its way. */
export const localModelsQuery = queryOptions({
  queryKey: ["models", "local"],
  queryFn: ({ signal }) => endpoints.localModels.list(signal),
  refetchInterval: ({ state }) =>
    state.data?.models.some((each) => each.state === "downloading" || each.state === "checking")
      ? LOOK_AGAIN_MS
      : false,
});

export const membersQuery = queryOptions({
  queryKey: ["members"],
  queryFn: ({ signal }) => endpoints.members.list(signal),
});

export const invitesQuery = queryOptions({
  queryKey: ["invites"],
  queryFn: ({ signal }) => endpoints.invites.list(signal),
});

/** What was used in the last days. */
export const usageQuery = (days: number) =>
  queryOptions({
    queryKey: ["usage", days],
    queryFn: ({ signal }) => endpoints.usage.get(days, signal),
    staleTime: 0,
  });

/** What came of an app's use in the last days. */
export const insightsQuery = (workflow: string, days: number, tries: boolean) =>
  queryOptions({
    queryKey: ["workflows", workflow, "insights", days, tries],
    queryFn: ({ signal }) => endpoints.insights(workflow, days, tries, signal),
    staleTime: 0,
  });

/** The audit log page by page, the newest first; "" asks for all groups or people. */
export const auditQuery = (group: string, who: string) =>
  infiniteQueryOptions({
    queryKey: ["audit", group, who],
    queryFn: ({ pageParam, signal }) =>
      endpoints.audit.list(
        { group: group || undefined, who_id: who || undefined, before: pageParam ?? undefined },
        signal,
      ),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.next,
    staleTime: 0,
  });

import { MutationCache, QueryCache, QueryClient, queryOptions } from "@tanstack/react-query";
import * as endpoints from "./endpoints";
import { ApiError } from "./errors";

/**
 * The query cache of the console. A 4xx will not get better by asking again; the rest is retried twice.
 * `onSignedOut` is called when the session turns out to be over, whoever asked.
 */
export function createQueryClient(onSignedOut: () => void = () => {}): QueryClient {
  const onError = (error: Error) => {
    if (error instanceof ApiError && error.code === "signed_out") onSignedOut();
  };
  return new QueryClient({
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

export const workflowsQuery = queryOptions({
  queryKey: ["workflows"],
  queryFn: ({ signal }) => endpoints.workflows.list(signal),
});

export const workflowQuery = (workflow: string) =>
  queryOptions({
    queryKey: ["workflows", workflow],
    queryFn: ({ signal }) => endpoints.workflows.get(workflow, signal),
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

import {
  type InvalidateOptions,
  type InvalidateQueryFilters,
  QueryClient,
  type QueryKey,
} from "@tanstack/react-query";

/**
 * A query cache in which nothing shown is older than the last change.
 *
 * The library asks anew after a change, but where the very first answer is still on its way it is content with
 * that one, and the server may have given it before the change: a file sent while the list of files loads
 * would not show until something else asks. Here such a first answer is followed by a second question.
 */
export class FreshQueryClient extends QueryClient {
  override async invalidateQueries<K extends QueryKey = QueryKey>(
    filters?: InvalidateQueryFilters<K>,
    options?: InvalidateOptions,
  ): Promise<void> {
    const first = this.getQueryCache()
      .findAll(filters)
      .filter(({ state }) => state.data === undefined && state.fetchStatus === "fetching");
    await super.invalidateQueries(filters, options);
    if (first.length === 0) return;
    await Promise.allSettled(first.map(({ promise }) => promise));
    const hashes = new Set(first.map(({ queryHash }) => queryHash));
    await super.invalidateQueries(
      { ...filters, predicate: ({ queryHash }) => hashes.has(queryHash) },
      options,
    );
  }
}

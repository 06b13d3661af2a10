/** The console API, one function per endpoint. Components use these through the query cache (`queries.ts`). */
export * from "./account";
export * from "./apps";
export * from "./knowledge";
export * from "./models";
export * from "./runs";
export * from "./settings";
export * from "./tools";

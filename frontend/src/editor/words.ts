/**
 * The catalogues that the parts of the editor speak from, loaded together: a part that waited for its own would hide the
 * whole page meanwhile, and all that was drawn would be drawn again.
 */
export const EDITOR_WORDS = ["editor", "forms", "runs", "chat", "knowledge"] as const;

import { type ComponentType, createContext } from "react";

/** The dialog that connects a model; the pages of models are none of the editor's business. */
export const ConnectModelContext = createContext<ComponentType<{ onClose: () => void }> | null>(null);

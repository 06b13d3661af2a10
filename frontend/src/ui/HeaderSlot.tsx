import { createContext, type ReactNode, useContext, useState } from "react";
import { createPortal } from "react-dom";

const Slot = createContext<{ place: HTMLElement | null; setPlace: (place: HTMLElement | null) => void }>({
  place: null,
  setPlace: () => {},
});

/** Lets the page below put things into the header above: provider around both, a place in the header. */
export function HeaderSlotProvider({ children }: { children: ReactNode }) {
  const [place, setPlace] = useState<HTMLElement | null>(null);
  return <Slot value={{ place, setPlace }}>{children}</Slot>;
}

export function HeaderSlot({ className }: { className?: string }) {
  const { setPlace } = useContext(Slot);
  return <div className={className} ref={setPlace} />;
}

/** What the page wants at the end of the header: save state, its primary button. */
export function InHeader({ children }: { children: ReactNode }) {
  const { place } = useContext(Slot);
  return place ? createPortal(children, place) : null;
}

import { useEffect, useState } from "react";
import { consoleSocket, NOBODY, type Present } from "@/api/socket";

/** The app comes first: who else is there is asked once it is on screen. */
const SOON_MS = 300;

/** Who else has an app open, while it is open here. */
export function usePresent(app: string, socket = consoleSocket): readonly Present[] {
  const [people, setPeople] = useState(NOBODY);
  useEffect(() => {
    let leave = () => {};
    const soon = setTimeout(() => {
      leave = socket.enter(app, setPeople);
    }, SOON_MS);
    return () => {
      clearTimeout(soon);
      leave();
      setPeople(NOBODY);
    };
  }, [app, socket]);
  return people;
}

import { useEffect, useState } from "react";
import type { ChatFile } from "./types";

export type Load = (file: ChatFile) => Promise<Blob>;

/** An address within the page of a file's bytes, once they are there; "" before, and where they do not come. */
export function useFetched(file: ChatFile, load: Load, isWanted: boolean): string {
  const [address, setAddress] = useState("");
  useEffect(() => {
    if (!isWanted) return;
    let made = "";
    let isCurrent = true;
    load(file).then(
      (bytes) => {
        if (!isCurrent) return;
        made = URL.createObjectURL(bytes);
        setAddress(made);
      },
      () => {}, // Saving it tells.
    );
    return () => {
      isCurrent = false;
      if (made) URL.revokeObjectURL(made);
    };
  }, [file, isWanted, load]);
  return address;
}

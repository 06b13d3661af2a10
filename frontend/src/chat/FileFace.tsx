import { Download } from "lucide-react";
import { bytesOf } from "./bytes";
import css from "./FilesAlong.module.css";
import type { ChatFile } from "./types";

/** What one sees of a file. `picture`: the address of what it shows, "" for one that is not shown. */
export function FileFace({ file, picture }: { file: ChatFile; picture: string }) {
  return (
    <>
      {picture && <img className={css.picture} src={picture} alt="" loading="lazy" />}
      <span className={css.line}>
        <Download aria-hidden="true" />
        <span className={css.name}>{file.name}</span>
        <span className={css.size}>{bytesOf(file.size)}</span>
      </span>
    </>
  );
}

import { useMemo } from "react";
import { FetchedFile } from "./FetchedFile";
import { FileFace } from "./FileFace";
import css from "./FilesAlong.module.css";
import { Sound } from "./Sound";
import type { ChatFile, ChatWords } from "./types";
import type { Load } from "./useFetched";

/** Where a file can be had; or its bytes, where the page has to say who is asking. */
export type FileWay = { href: (file: ChatFile) => string } | { load: Load };

export interface FilesAlongProps {
  files: readonly ChatFile[];
  words: Pick<ChatWords, "filesAlong" | "download" | "notLoaded">;
  way: FileWay;
}

/** What the server sends as pictures and as sounds; all else comes as bytes to be saved. */
const PICTURES = ["image/png", "image/jpeg", "image/gif", "image/webp"];
const SOUNDS = ["audio/mpeg", "audio/wav", "audio/ogg", "audio/flac", "audio/mp4"];
/** Of a picture or a sound that is fetched without being asked for, in bytes: pictures that models draw take some. */
const LARGEST_SHOWN = 5_000_000;

/** The files that a reply gave along: each a link to save it, with small pictures and sounds as they are. */
export function FilesAlong({ files, words, way }: FilesAlongProps) {
  const load = useMemo<Load>(() => ("load" in way ? way.load : (file) => fetched(way.href(file))), [way]);
  return (
    <ul className={css.files} aria-label={words.filesAlong}>
      {files.map((file) => {
        const isSmall = file.size <= LARGEST_SHOWN;
        const isShown = isSmall && PICTURES.includes(file.mime);
        const label = words.download.replace("{name}", file.name);
        return (
          <li key={file.file_id}>
            {isSmall && SOUNDS.includes(file.mime) && <Sound file={file} load={load} />}
            {"load" in way ? (
              <FetchedFile file={file} label={label} words={words} isShown={isShown} load={way.load} />
            ) : (
              <a className={css.file} href={way.href(file)} download={file.name} aria-label={label}>
                <FileFace file={file} picture={isShown ? way.href(file) : ""} />
              </a>
            )}
          </li>
        );
      })}
    </ul>
  );
}

async function fetched(address: string): Promise<Blob> {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.blob();
}

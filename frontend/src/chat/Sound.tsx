import css from "./FilesAlong.module.css";
import type { ChatFile } from "./types";
import { type Load, useFetched } from "./useFetched";

/** A sound to be played. It is played from the page's own memory: so one can go to any place in it. */
export function Sound({ file, load }: { file: ChatFile; load: Load }) {
  const address = useFetched(file, load, true);
  if (!address) return null;
  // biome-ignore lint/a11y/useMediaCaption: the reply beside it says the same, or nobody knows what is said in it.
  return <audio className={css.sound} controls src={address} aria-label={file.name} />;
}

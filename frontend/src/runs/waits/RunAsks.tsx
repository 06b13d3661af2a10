import { isOver } from "../fold";
import { useRun } from "../runStore";
import { ASKS, askOf } from "./asking";
import { MemberAsk } from "./MemberAsk";
import { waitsOf } from "./waiting";

/** What the run that is looked at asks people now. */
export function RunAsks({ run, onAnswered }: { run: string; onAnswered: () => void }) {
  const state = useRun((view) => view.run);
  if (isOver(state.status)) return null;
  return waitsOf(state)
    .filter(({ reason }) => reason === ASKS)
    .map(({ path, about, since, until }) => (
      <MemberAsk key={path} run={run} ask={askOf(path, about, since, until)} onAnswered={onAnswered} />
    ));
}

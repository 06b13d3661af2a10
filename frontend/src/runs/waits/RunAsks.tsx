import { useMay } from "@/api/may";
import { isOver } from "../fold";
import { useRun } from "../runStore";
import { CallbackAddress } from "./AnswerLink";
import { ASKS, askOf, EVENT } from "./asking";
import { MemberAsk } from "./MemberAsk";
import { waitsOf } from "./waiting";

/** What the run that is looked at asks people now, and where other services may call it. */
export function RunAsks({ run, onAnswered }: { run: string; onAnswered: () => void }) {
  const may = useMay();
  const state = useRun((view) => view.run);
  if (isOver(state.status)) return null;
  return waitsOf(state).map(({ path, reason, about, since, until }) => {
    if (reason === ASKS)
      return (
        <MemberAsk key={path} run={run} ask={askOf(path, about, since, until)} onAnswered={onAnswered} />
      );
    return may.edit && reason === EVENT ? <CallbackAddress key={path} run={run} path={path} /> : null;
  });
}

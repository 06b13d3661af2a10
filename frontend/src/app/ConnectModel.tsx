import { useQuery } from "@tanstack/react-query";
import { modelsQuery } from "@/api/queries";
import { ConnectDialog } from "@/models/ConnectDialog";

/** Connects a model wherever somebody finds that they need one. */
export default function ConnectModel({ onClose }: { onClose: () => void }) {
  const { data: page } = useQuery(modelsQuery);
  return page && <ConnectDialog page={page} onClose={onClose} />;
}

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import * as api from "@/api/endpoints";
import { pinsQuery } from "@/api/queries";
import type { NewPin, Pins } from "@/api/types";

export interface PinControls {
  /** By the step's id; empty until they are known. */
  pins: Pins;
  keep: (step: string, pin: NewPin) => Promise<void>;
  remove: (step: string) => Promise<void>;
}

const NONE: Pins = {};

/** The sample data of an app's draft. */
export function usePins(workflow: string): PinControls {
  const queries = useQueryClient();
  const query = pinsQuery(workflow);
  const { data } = useQuery(query);
  const look = () => queries.invalidateQueries({ queryKey: query.queryKey });
  return {
    pins: data ?? NONE,
    keep: async (step, pin) => {
      await api.pins.keep(workflow, step, pin);
      await look();
    },
    remove: async (step) => {
      await api.pins.remove(workflow, step);
      await look();
    },
  };
}

/** The ids of the steps that have sample data; the same object as long as they are the same. */
export function usePinned(workflow: string): ReadonlySet<string> {
  const { pins } = usePins(workflow);
  const ids = Object.keys(pins).sort().join("\n");
  return useMemo(() => new Set(ids ? ids.split("\n") : []), [ids]);
}

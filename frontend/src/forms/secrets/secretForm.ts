import type { Secret } from "@/api/types";

export interface SecretForm {
  name: string;
  value: string;
  /** One host a line. */
  hosts: string;
}

export type SecretFault = "missing" | "tooShort" | "noHosts" | "valueNeeded";
export type SecretFaults = Partial<Record<keyof SecretForm, SecretFault>>;

/** As the server counts; see `backend/accounts/workspace_secrets.py`. */
export const SHORTEST = 8;

export const formOf = (secret: Secret | null): SecretForm => ({
  name: secret?.name ?? "",
  value: "",
  hosts: secret?.hosts.join("\n") ?? "",
});

export const hostsOf = (text: string): string[] => [
  ...new Set(
    text
      .split(/[\n,，;；\s]/)
      .map((host) => host.trim())
      .filter(Boolean),
  ),
];

/** What is missing, for a new secret or for changing `secret`. The server knows the rest. */
export function faultsOf(form: SecretForm, secret: Secret | null): SecretFaults {
  const faults: SecretFaults = {};
  if (!form.name.trim()) faults.name = "missing";
  const hosts = hostsOf(form.hosts);
  if (hosts.length === 0) faults.hosts = "noHosts";
  if (!form.value) {
    if (!secret) faults.value = "missing";
    else if (hosts.some((host) => !secret.hosts.includes(host))) faults.value = "valueNeeded";
  } else if (form.value.trim().length < SHORTEST) faults.value = "tooShort";
  return faults;
}

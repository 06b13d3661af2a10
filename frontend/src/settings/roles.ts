import type { TFunction } from "i18next";
import type { Role } from "@/api/types";
import type { Option } from "@/ui";

/** From the least to the most: the first is what one gives without thinking. */
export const ROLES: Role[] = ["viewer", "editor", "owner"];

export const roleOptions = (t: TFunction<"members">): Option[] =>
  ROLES.map((role) => ({ value: role, label: t(`role.${role}`), hint: t(`roleMeans.${role}`) }));

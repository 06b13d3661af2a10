/** Signing in, and the people of a workspace. */
import { answer, client } from "../client";
import type { Language, NewPerson, Role } from "../types";

export const session = {
  get: (signal?: AbortSignal) => answer(client.GET("/api/session", { signal })),
  signIn: (email: string, password: string) =>
    answer(client.POST("/api/session", { body: { email, password } })),
  signInByLink: (token: string) => answer(client.POST("/api/session/link", { body: { token } })),
  signOut: () => answer(client.DELETE("/api/session")),
  signOutElsewhere: () => answer(client.DELETE("/api/session/others")),
  setPassword: (password: string, old_password = "") =>
    answer(client.PUT("/api/session/password", { body: { password, old_password } })),
  setEmail: (email: string, old_password = "") =>
    answer(client.PUT("/api/session/email", { body: { email, old_password } })),
  switchWorkspace: (workspace_id: string) =>
    answer(client.PUT("/api/session/workspace", { body: { workspace_id } })),
  update: (body: { name?: string; language?: Language }) => answer(client.PATCH("/api/session", { body })),
};

export const members = {
  list: async (signal?: AbortSignal) => (await answer(client.GET("/api/members", { signal }))).members,
  setRole: (member: string, role: Role) =>
    answer(
      client.PATCH("/api/members/{member_id}", { params: { path: { member_id: member } }, body: { role } }),
    ),
  remove: (member: string) =>
    answer(client.DELETE("/api/members/{member_id}", { params: { path: { member_id: member } } })),
  leave: () => answer(client.DELETE("/api/members/me")),
};

export const invites = {
  list: async (signal?: AbortSignal) => (await answer(client.GET("/api/invites", { signal }))).invites,
  create: (body: { role: Role; email: string; days: number }) =>
    answer(client.POST("/api/invites", { body })),
  withdraw: (invite: string) =>
    answer(client.DELETE("/api/invites/{invite_id}", { params: { path: { invite_id: invite } } })),
  look: (token: string) => answer(client.POST("/api/invites/look", { body: { token } })),
  accept: (token: string, person: NewPerson | null) =>
    answer(client.POST("/api/invites/accept", { body: { token, person } })),
};

export const workspace = {
  create: (name: string) => answer(client.POST("/api/workspaces", { body: { name } })),
  rename: (name: string) => answer(client.PATCH("/api/workspace", { body: { name } })),
};

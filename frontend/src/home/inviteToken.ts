const KEPT = "treadle.invitation";

/**
 * The token of an invitation's link, taken out of the address at once so that it stays in no history and no
 * screenshot. For this window it is kept: someone who signs in first comes back to it.
 */
export function takeInviteToken(): string {
  const token = location.hash.slice(1);
  try {
    if (token) sessionStorage.setItem(KEPT, token);
    else return sessionStorage.getItem(KEPT) ?? "";
  } catch {
    // Storage may be blocked: the link then has to be opened again after signing in.
  }
  if (token) history.replaceState(history.state, "", location.pathname);
  return token;
}

/** It was used, or is of no use. */
export function forgetInviteToken(): void {
  try {
    sessionStorage.removeItem(KEPT);
  } catch {
    // It was never kept.
  }
}

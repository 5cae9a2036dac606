/**
 * Whether the same may succeed later with nothing changed: by `retryable`, which Eventspan's errors have by their code, and which users set on
 * their own.
 */
export function isTransient(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  try {
    return (error as { readonly retryable?: unknown }).retryable === true;
  } catch {
    return false; // a getter of a user's own
  }
}

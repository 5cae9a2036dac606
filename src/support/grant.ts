/** A role that an account needs on a resource of Google Cloud. */
export interface Grant {
  /** `app`: the account that the application runs as. `migrations`: the one that runs `eventspan migrate` or `ensure`. `pubsub-agent`: Pub/Sub's own. */
  readonly member: 'app' | 'migrations' | 'pubsub-agent';
  readonly role: string;
  readonly resource: string;
  /** What it is needed for. */
  readonly reason: string;
}

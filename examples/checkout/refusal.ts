/** A rule of the business says no. Permanent: asking again would not help. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}

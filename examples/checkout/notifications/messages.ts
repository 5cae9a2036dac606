import { Task } from 'eventspan';

/** To be sent once for each order. */
@Task('notifications.send-email', { queue: 'emails' })
export class SendEmail {
  constructor(
    readonly orderId: string,
    readonly customer: string,
    readonly text: string,
  ) {}
}

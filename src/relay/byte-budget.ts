interface Waiter {
  readonly bytes: number;
  readonly enter: () => void;
}

/** Lets tasks run while their bytes together stay within a bound, first come, first served; a larger one runs alone. */
export class ByteBudget {
  private used = 0;
  private readonly waiting: Waiter[] = [];

  constructor(private readonly maxBytes: number) {}

  async run<T>(bytes: number, task: () => Promise<T>): Promise<T> {
    await new Promise<void>((enter) => {
      this.waiting.push({ bytes, enter });
      this.admit();
    });
    try {
      return await task();
    } finally {
      this.used -= bytes;
      this.admit();
    }
  }

  private admit(): void {
    for (let next = this.waiting[0]; next !== undefined && this.fits(next); next = this.waiting[0]) {
      this.waiting.shift();
      this.used += next.bytes;
      next.enter();
    }
  }

  private fits({ bytes }: Waiter): boolean {
    return this.used === 0 || this.used + bytes <= this.maxBytes;
  }
}

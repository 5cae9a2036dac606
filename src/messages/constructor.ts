/** A class whose instances are `T`; the one place where `any` stands for "whatever arguments". */
// oxlint-disable-next-line typescript/no-explicit-any
export type Constructor<T extends object = object> = abstract new (...args: any[]) => T;

export function errorsPage(table: object): string;

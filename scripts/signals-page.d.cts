/** As every exporter for Prometheus spells a metric, without the suffixes of a histogram's series. */
export function prometheusName(name: string, kind: string): string;
export function signalsPage(metrics: Readonly<Record<string, object>>, spans: Readonly<Record<string, object>>): string;

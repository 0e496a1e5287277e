import type { MetricFamily } from '../../services/channel/protocol/methods.ts';

/** Content type of what `renderMetrics` makes. */
export const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Prometheus' text format 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/). Pure. */
export function renderMetrics(families: readonly MetricFamily[]): string {
  return families
    .map(({ name, type, help, samples }) => {
      const rows = samples.map(({ labels, value }) => `${name}${renderLabels(labels)} ${value}`);
      return [`# HELP ${name} ${escapeText(help)}`, `# TYPE ${name} ${type}`, ...rows, ''].join('\n');
    })
    .join('');
}

function renderLabels(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(
    ([key, value]) => `${key}="${escapeText(value).replaceAll('"', '\\"')}"`,
  );
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escapeText(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

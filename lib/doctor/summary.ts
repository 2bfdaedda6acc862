import type { CaseKind } from './cases';
import type { CaseResult } from './check-operations';
import type { Precision } from './limits';

/** All cases of one kind in one precision. */
export interface OperationSummary {
  kind: CaseKind;
  precision: Precision;
  cases: number;
  failed: number;
  /** Of the case that came nearest to its limit, or was farthest beyond it. */
  largest: number;
  limit: number;
  /** Of all cases. */
  mean: number;
}

/** How much of its limit a case has used; what was never measured uses none. */
const used = ({ largest = 0, limit = 1 }: CaseResult) => largest / limit;

function summarize(kind: CaseKind, precision: Precision, results: readonly CaseResult[]): OperationSummary {
  const measured = results.filter(({ largest }) => largest !== undefined);
  const worst = measured.reduce<CaseResult | undefined>(
    (most, each) => (most && used(most) >= used(each) ? most : each),
    undefined,
  );
  return {
    kind,
    precision,
    cases: results.length,
    failed: results.filter(({ ok }) => !ok).length,
    largest: worst?.largest ?? Number.NaN,
    limit: worst?.limit ?? Number.NaN,
    mean: measured.reduce((sum, { mean = 0 }) => sum + mean, 0) / measured.length,
  };
}

/** One row for each kind and precision, in the order they come. */
export function summarizeOperations(results: readonly CaseResult[]): OperationSummary[] {
  const groups = new Map<string, CaseResult[]>();
  for (const result of results) {
    const key = `${result.kind} ${result.precision}`;
    groups.set(key, [...(groups.get(key) ?? []), result]);
  }
  return Array.from(groups.values(), (group) => {
    const [{ kind, precision }] = group as [CaseResult];
    return summarize(kind, precision, group);
  });
}

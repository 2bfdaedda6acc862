import { texts } from './parameters';

/** `allow` and `deny` as they come from a query. */
export interface ClassTexts {
  allow?: string[];
  deny?: string[];
}

export const classParameters = [
  texts('allow', 'Only these classes, by label or index, are reported; may be given several times, and not together with deny'),
  texts('deny', 'These classes, by label or index, are not reported; may be given several times'),
];

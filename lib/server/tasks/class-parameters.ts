import { texts } from './parameters';

export const classParameters = [
  texts('allow', 'Only these classes, by label or index, are reported; may be given several times, and not together with deny'),
  texts('deny', 'These classes, by label or index, are not reported; may be given several times'),
];

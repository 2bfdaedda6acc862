import { checkJobSpec } from '../../lib/jobs/check-spec';
import type { JobSpec } from '../../lib/jobs/spec';
import { errorOf, matching } from '../error-of';

const spec = (fields: object): JobSpec => ({ task: 'classify', model: 'mobilenet-v1-0.25-224', ...fields });

test('what is right passes as it is', () => {
  const whole = spec({ task: 'segment', files: { mask: 'masks', draw: 'drawn', opacity: 0.5 }, options: { rotation: 90 } });
  expect(checkJobSpec(whole)).toBe(whole);
});

test.each([
  [{ tsk: 'detect' }, "unknown option 'tsk' of a job: did you mean 'task'?"],
  [{ task: 'clasify' }, "did you mean 'classify'?"],
  [{ model: '' }, "expected a model's name or the path of a model file for model but received ''"],
  [{ files: { mask: 'masks' } }, "expected no mask for task 'classify': it is for segment"],
  [{ files: { draw: 'drawn' } }, "expected no draw for task 'classify': it is for detect, segment"],
  [{ task: 'detect', files: { draw: '' } }, "expected the path of a folder for draw but received ''"],
  [{ task: 'detect', files: { draw: 'drawn', opacity: 0.5 } }, "it is for what 'segment' draws"],
  [{ task: 'segment', files: { draw: 'drawn', opacity: 2 } }, 'expected a number from 0 to 1 for opacity but received 2'],
  [{ task: 'segment', files: { opacity: 0.5 } }, 'needs draw'],
  [{ files: { masks: 'x' } }, "unknown option 'masks' of files: did you mean 'mask'?"],
])('%j is refused', (fields, message) => {
  expect(errorOf(() => checkJobSpec(spec(fields)))).toMatch(matching('ERR_INVALID_OPTION', message));
});

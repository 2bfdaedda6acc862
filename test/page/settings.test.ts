import { defaultSettings, readSettings } from '../../page/src/state/settings';

describe('readSettings', () => {
  test('reads what was kept', () => {
    const kept = {
      ...defaultSettings,
      task: 'segment',
      models: { segment: 'deeplab' },
      device: 'cpu',
      topK: 7,
      iouThreshold: 0.3,
      opacity: 0.25,
    };
    expect(readSettings(JSON.stringify(kept))).toEqual(kept);
  });

  test.each([null, '', 'null', '[]', '{', '"text"', '7'])('takes the defaults for %p', (text) => {
    expect(readSettings(text)).toEqual(defaultSettings);
  });

  test('takes defaults for single settings that are wrong', () => {
    const wrong = {
      task: 'embed',
      models: { detect: 5, classify: 'mine', other: 'x' },
      device: 3,
      classifyThreshold: 2,
      detectThreshold: 0.01,
      topK: 2.5,
      maxResults: 101,
      iouThreshold: 'much',
      opacity: null,
    };
    expect(readSettings(JSON.stringify(wrong))).toEqual({ ...defaultSettings, models: { classify: 'mine' } });
  });
});

import type { Page } from 'playwright-core';
import { describePage, expectOverlay, expectRows, photo, photos } from './page-under-test';

interface Focused {
  name: string;
  visible: boolean;
}

/** What has the focus, and whether one sees that. */
function focused(page: Page): Promise<Focused> {
  return page.evaluate(() => {
    const element = document.activeElement as HTMLElement;
    const label = element.closest('label') ?? document.querySelector(`label[for="${element.id}"]`);
    const name = element.getAttribute('aria-label') ?? label?.textContent ?? element.textContent ?? '';
    const shows = element.matches('[type=radio]') ? (element.nextElementSibling as HTMLElement) : element;
    const { outlineStyle, outlineWidth } = getComputedStyle(shows);
    const { width, height } = shows.getBoundingClientRect();
    const visible = outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2 && width > 0 && height > 0;
    return { name: name.replaceAll(/\s+/g, ' ').trim(), visible };
  });
}

/** Presses Tab until something of that name has the focus. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  const passed: string[] = [];
  for (let steps = 0; steps < 40; steps++) {
    await page.keyboard.press('Tab');
    const found = await focused(page);
    passed.push(found.name);
    if (name.test(found.name)) {
      expect(found).toEqual({ name: found.name, visible: true });
      return;
    }
  }
  throw new Error(`expected Tab to come to ${name} but it came to ${passed.join(' | ')}`);
}

describePage('the keyboard alone', (fixture) => {
  test('does everything, from choosing photos to saving them', async () => {
    const page = await fixture.open();
    await page.getByRole('button', { name: 'Choose photos' }).waitFor();
    await tabTo(page, /^Choose photos$/);
    const choosing = page.waitForEvent('filechooser');
    // The browser must be told first to leave file dialogs to the test.
    await page.waitForTimeout(200);
    await page.keyboard.press('Enter');
    const chooser = await choosing;
    await chooser.setFiles(photos);
    await page.getByText('4 photos done').waitFor();

    await tabTo(page, /^coffee\.png/);
    await page.keyboard.press('Enter');
    await expectRows(page, /^cup/, /^dining table/);
    // The focus goes on from the enlarged photo.
    expect((await focused(page)).name).toBe('All photos');

    await tabTo(page, /^Score threshold$/);
    for (let steps = 0; steps < 35; steps++) {
      await page.keyboard.press('ArrowRight');
    }
    await expectRows(page, /^cup 96\.1 %/);
    await page.keyboard.press('Home');
    await page.waitForFunction(() => document.querySelectorAll('.rows .row').length > 3);
    for (let steps = 0; steps < 45; steps++) {
      await page.keyboard.press('ArrowRight');
    }
    await expectRows(page, /^cup/, /^dining table/);

    // A focused row points its box out: the other one steps back.
    await tabTo(page, /^cup/);
    await expectOverlay(page, 2.5 / 600, 0.5, ([, , , alpha = 0]) => alpha > 0 && alpha < 200);
    await page.keyboard.press('Space');
    expect(await page.getByRole('button', { name: /^cup/ }).getAttribute('aria-pressed')).toBe('true');

    await tabTo(page, /^Save picture$/);
    const [file] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')]);
    expect(file.suggestedFilename()).toBe('coffee-detections.png');

    await page.keyboard.press('Escape');
    await page.getByText('4 photos done').waitFor();
    expect((await focused(page)).name).toMatch(/^coffee\.png/);

    await tabTo(page, /^Detect$/);
    await page.keyboard.press('ArrowRight');
    expect(await page.getByRole('radio', { name: 'Segment' }).isChecked()).toBe(true);
    await page.waitForFunction(() => /cat \d\d %/.test(document.querySelector('.grid')?.textContent ?? ''));
  });

  test('comes to every control, sees where it is, and gets out again', async () => {
    const page = await fixture.open();
    await page.locator('input[type=file]').setInputFiles([photo('coffee.png'), photo('chelsea.png')]);
    await page.getByText('2 photos done').waitFor();
    await page.getByRole('button', { name: /^coffee/ }).click();
    await expectRows(page, /^cup/, /^dining table/);
    // From the top of the page.
    await page.evaluate(() => {
      document.body.tabIndex = -1;
      document.body.focus();
      document.body.removeAttribute('tabindex');
    });
    const passed: Focused[] = [];
    for (let steps = 0; steps < 60; steps++) {
      await page.keyboard.press('Tab');
      if (await page.evaluate(() => document.activeElement === document.body || document.activeElement === null)) {
        break;
      }
      passed.push(await focused(page));
    }
    expect(passed.filter(({ visible }) => !visible)).toEqual([]);
    const controls = await page.locator(':is(main, header) :is(button, summary, select, input):visible').count();
    // Of the three tasks only the chosen one is a stop.
    expect(passed.length).toBe(controls - 2);
    expect(new Set(passed.map(({ name }) => name)).size).toBeGreaterThan(12);
  });
});

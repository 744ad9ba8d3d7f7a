import { expect, launch, test } from './support/test';

test('an address that is no page says so and leads back', async ({ page, visit }) => {
  await visit('/nowhere');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await page.getByRole('link', { name: 'All tokens' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Tokens' })).toBeVisible();
});

test('a token that was not launched here is named, with the way back', async ({ page, visit }) => {
  const unknown = '0x00000000000000000000000000000000000000aa';
  await visit(`/token/${unknown}`);
  await expect(page.getByRole('heading', { name: 'No such token' })).toBeVisible();
  await expect(page.getByText(unknown)).toBeVisible();
});

test('a search that nothing fits says what was looked for and clears with one click', async ({ page, visit }) => {
  await visit('/?search=nothing-has-this-name');
  await expect(page.getByText('No token fits')).toBeVisible();
  await page.getByRole('button', { name: 'Show all tokens' }).click();
  await expect(page.getByRole('table', { name: 'Tokens' }).getByRole('row')).not.toHaveCount(0);
});

test('a loan that is not open and a text that names no loan are told apart', async ({ page, visit, world, chain }) => {
  const made = await launch(world, chain, 'worked-example.toml');
  await visit(`/token/${made.token}/repay?loan=99`);
  await expect(page.getByText('Loan 99 is not open')).toBeVisible();
  await visit(`/token/${made.token}/repay?loan=abc`);
  await expect(page.getByRole('alert').filter({ hasText: 'loan' })).toBeVisible();
});

test('the keyboard alone finds a token, opens where a figure comes from, and fills the form to borrow', async ({
  page,
  visit,
  wallet,
  world,
  chain,
}) => {
  const made = await launch(world, chain, 'worked-example.toml');
  expect(wallet.account).toBeTruthy();
  await visit('/');
  await expect(page.getByRole('table', { name: 'Tokens' })).toBeVisible();
  await page.keyboard.press('/');
  await expect(page.getByLabel('Search by name, symbol or address')).toBeFocused();
  await page.keyboard.type(made.token);
  await expect(page.locator('[data-row-link]')).toHaveCount(1);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Worked Example');

  const tabTo = async (reached: () => Promise<boolean>) => {
    for (let presses = 0; presses < 80; presses += 1) {
      await page.keyboard.press('Tab');
      if (await reached()) return;
    }
    throw new Error('the keyboard does not get there');
  };
  const focused = (selector: string, text: string) =>
    page.evaluate(
      ([match, part]) =>
        document.activeElement?.matches(match) === true &&
        `${document.activeElement.textContent} ${document.activeElement.getAttribute('aria-label') ?? ''}`.includes(
          part,
        ),
      [selector, text] as const,
    );
  await tabTo(() => focused('button.figure', ''));
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: /where it comes from/ });
  await expect(dialog).toBeFocused();
  await expect(dialog).toContainText('Block');
  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  await tabTo(() => focused('a', 'Borrow'));
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Borrow');
  await tabTo(() => focused('input', ''));
  await page.keyboard.type('1000');
  await tabTo(() => focused('input[type=text]', ''));
  await page.keyboard.type('0.01');
  await expect(page.getByText('the contract accepts it')).toBeVisible();
  await tabTo(() => focused('button', 'Borrow 0.01'));
});

import { existsSync } from 'node:fs';
import { defineConfig } from '@playwright/test';

/** Chromium as the system has it; nothing is downloaded. */
const chromium = [process.env['BALLAST_CHROMIUM'], '/usr/bin/chromium', '/usr/bin/chromium-browser'].find(
  (path) => path !== undefined && existsSync(path),
);

/** Limits are for what hangs; a slow machine must not fail what works. */
const PATIENCE_MS = Number(process.env['BALLAST_E2E_PATIENCE_MS'] ?? 60_000);

export default defineConfig({
  testDir: '.',
  outputDir: '../test-results/artifacts',
  workers: Number(process.env['BALLAST_E2E_WORKERS'] ?? 2),
  fullyParallel: false,
  forbidOnly: true,
  // A machine that stalls must not hold up a change; what passes only at the second try is listed as flaky.
  retries: process.env['CI'] === undefined ? 0 : 1,
  timeout: 4 * PATIENCE_MS,
  expect: { timeout: PATIENCE_MS },
  reporter: 'list',
  use: {
    actionTimeout: PATIENCE_MS,
    navigationTimeout: PATIENCE_MS,
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    viewport: { width: 1280, height: 900 },
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
    launchOptions: {
      ...(chromium === undefined ? { channel: 'chromium' } : { executablePath: chromium }),
      args: ['--no-sandbox', '--disable-gpu', '--force-color-profile=srgb'],
    },
  },
});

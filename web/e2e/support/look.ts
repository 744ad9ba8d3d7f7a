/** Holds a page against what every page must keep at every width and in both themes, and takes its picture. */
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Page } from '@playwright/test';
import { expect } from './test';

/** Widths in pixels: a phone, a tablet, a desk. */
export const WIDTHS = [360, 768, 1440] as const;
export const THEMES = ['light', 'dark'] as const;
type Theme = (typeof THEMES)[number];

/** Folder that pictures are written to; without it none are taken. */
export const PICTURES = process.env['BALLAST_SCREENSHOTS'];

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const HEIGHTS: Record<number, number> = { 360: 800, 768: 1024, 1440: 900 };
/** Parts of a page that are read only when they come near are near in a window as high as this. */
const TALL = 12_000;

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly string[];
}

async function violations(page: Page): Promise<Violation[]> {
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    interface Found {
      id: string;
      impact: string | null;
      nodes: { html: string; failureSummary?: string }[];
    }
    const { axe } = window as unknown as {
      axe: { run: (on: Document, how: object) => Promise<{ violations: Found[] }> };
    };
    const { violations: all } = await axe.run(document, { resultTypes: ['violations'], elementRef: false });
    return all
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, impact, nodes }) => ({
        id,
        impact: impact ?? '',
        nodes: nodes.map((node) => `${node.html.slice(0, 200)} ${node.failureSummary ?? ''}`),
      }));
  });
}

/** Elements that stick out of the window sideways, other than inside a box that scrolls. */
async function overflowing(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const wide = window.innerWidth;
    const root = document.scrollingElement ?? document.documentElement;
    const found = root.scrollWidth > wide ? [`the page is ${root.scrollWidth} px wide`] : [];
    const scrolls = (element: Element): boolean => {
      for (let at = element.parentElement; at !== null; at = at.parentElement) {
        if (/auto|scroll|hidden|clip/.test(getComputedStyle(at).overflowX)) return true;
      }
      return false;
    };
    for (const element of document.querySelectorAll('body *')) {
      const box = element.getBoundingClientRect();
      if (box.width === 0 || box.height === 0) continue;
      if ((box.right > wide + 1 || box.left < -1) && !scrolls(element)) {
        found.push(
          `${element.tagName} ${element.className.toString()} ${Math.round(box.left)}..${Math.round(box.right)}`,
        );
      }
    }
    return found.slice(0, 5);
  });
}

async function show(page: Page, theme: Theme, width: number, height: number): Promise<void> {
  await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
  await page.setViewportSize({ width, height });
}

/** Reads all parts of a long page, then goes back to its top. */
export async function readAll(page: Page): Promise<void> {
  const size = page.viewportSize();
  await page.setViewportSize({ width: size?.width ?? 1440, height: TALL });
  await expect(page.locator('.skeleton')).toHaveCount(0);
  if (size !== null) await page.setViewportSize(size);
}

/** Checks what stands on the page now at a phone's and a desk's width in both themes, and pictures it at all three. */
export async function look(page: Page, name: string, whole = true): Promise<void> {
  const wrong: string[] = [];
  for (const theme of THEMES) {
    for (const width of WIDTHS) {
      const checked = width !== 768;
      if (!checked && PICTURES === undefined) continue;
      await show(page, theme, width, HEIGHTS[width] ?? 900);
      // Charts are drawn anew for a width.
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
      if (checked) {
        const where = `${name}, ${width} px, ${theme}`;
        for (const { id, impact, nodes } of await violations(page))
          wrong.push(`${where}: ${impact} ${id}: ${nodes.join('\n  ')}`);
        for (const one of await overflowing(page)) wrong.push(`${where}: sticks out: ${one}`);
      }
      if (PICTURES !== undefined) {
        const path = join(PICTURES, `${name}-${width}-${theme}.png`);
        mkdirSync(dirname(path), { recursive: true });
        await page.screenshot({ path, fullPage: whole, animations: 'disabled', caret: 'hide' });
      }
    }
  }
  expect(wrong, wrong.join('\n')).toEqual([]);
}

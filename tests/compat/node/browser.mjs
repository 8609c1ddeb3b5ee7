// The browser of the tests (Debian's chromium, driven by playwright-core), and what axe says of a page in it.
import { join } from 'node:path';
import axe from 'axe-core';
import { chromium } from 'playwright-core';

export const tell = (row) => console.log(JSON.stringify(row));

// bypassCSP: the pages let no script in, and axe is one. Nothing else needs it.
export const launch = (config) => chromium.launch({ executablePath: config.chromium, args: ['--no-sandbox', '--disable-gpu'] });

export async function newPage(browser, options = {}) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, bypassCSP: true, locale: 'sv-SE', ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  page.on('console', (m) => { if (m.type() === 'error' && !/40[134]|422/.test(m.text())) tell({ console: m.text() }); });
  return page;
}

// A screenshot goes to the folder `shots`, when there is one.
export async function look(page, name, shots) {
  await page.evaluate(axe.source);
  // Without a style sheet the browser alone says how large a link is.
  const rules = { 'target-size': { enabled: !name.endsWith('-bare') } };
  const found = await page.evaluate((chosen) => window.axe.run(document, { rules: chosen,
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }), rules);
  const lang = await page.getAttribute('html', 'lang');
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  tell({ page: name, lang, title: await page.title(), wide, rules: found.passes.length,
    violations: found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).slice(0, 3).join(' | ')}`) });
  if (shots) await page.screenshot({ path: join(shots, `${name}-${lang}.png`), fullPage: true });
}

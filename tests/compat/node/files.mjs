// Pages that are files (statistics, stories) in a real browser, before axe: as wide as a screen and at 320 px.
//   node files.mjs config.json  ->  one line of JSON for each finding and each thing done
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { launch, look, newPage, tell } from './browser.mjs';

const config = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const browser = await launch(config);
try {
  for (const [at, viewport] of [['', { width: 1280, height: 900 }], ['-narrow', { width: 320, height: 640 }]]) {
    const page = await newPage(browser, { viewport });
    page.on('request', (r) => { if (!r.url().startsWith('file:')) tell({ console: `asks for ${r.url()}` }); });
    for (const [name, path] of Object.entries(config.files)) {
      await page.goto(pathToFileURL(path).href);
      for (const closed of await page.$$('details:not([open]) > summary')) await closed.click();
      await look(page, name + at, config.shots);
    }
  }
  tell({ done: true });
} finally {
  await browser.close();
}

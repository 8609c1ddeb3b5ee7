// The web inbox in a real browser (Debian's chromium, driven by playwright-core): every page in both languages before
// axe, once at 320 px and without its style sheet, and the whole way from signing in to registering by the keyboard alone.
//   node pages.mjs config.json  ->  one line of JSON for each finding and each thing done
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { launch, look as lookAt, newPage, tell } from './browser.mjs';

const config = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const base = `https://127.0.0.1:${config.port}`;

const browser = await launch(config);
const open = (options) => newPage(browser, options);
const look = (page, name) => lookAt(page, name, config.shots);

async function signIn(page, account) {
  await page.goto(`${base}/sign-in`);
  await page.fill('#account', account);
  await page.fill('#password', config.password);
  await page.click('main button');
  await page.waitForURL(`${base}/`);
}

// Every page that there is, as one language has it.
async function everyPage(page, lang, at = '') {
  await page.goto(`${base}/sign-in?lang=${lang}`);
  await look(page, `sign-in${at}`);
  await page.fill('#account', 'ingen');
  await page.fill('#password', 'fel lösenord');
  await page.click('main button');
  await page.waitForSelector('.faults');
  await look(page, `sign-in-refused${at}`);
  await signIn(page, config.account);
  await look(page, `list${at}`);
  for (const [name, path] of Object.entries(config.signals)) {
    await page.goto(base + path);
    await look(page, `signal-${name}${at}`);
  }
  await page.goto(base + config.signals.report);
  for (const closed of await page.$$('summary')) await closed.click();
  await look(page, `signal-open${at}`);
  await page.click('form[action$="/answer"] button');
  await page.waitForSelector('.faults');
  await look(page, `answer-faults${at}`);
  await page.goto(base + config.signals.report);
  await page.check('#say-assessed');
  await page.check('#way-phone');
  await page.fill('#said_by', 'Kim Provsson, socialsekreterare');
  await page.fill('#said_date', config.today);
  await page.fill('#said_time', config.time);
  await page.click('form[action$="/answer"] button');
  await page.waitForSelector('input[name=confirmed]', { state: 'attached' });
  await look(page, `confirm${at}`);
  await page.goto(`${base}${config.signals.report}/print`);
  await look(page, `print${at}`);
  if (config.shots && !at) await page.pdf({ path: join(config.shots, `print-${lang}.pdf`), format: 'A4' });
  await page.goto(`${base}/finns-inte`);
  await look(page, `not-found${at}`);
}

// At the unit that sent the reports: one of them is held until somebody names its receiver.
async function senderPages(page, lang, at = '') {
  const there = `https://127.0.0.1:${config.sender.port}`;
  await page.goto(`${there}/sign-in?lang=${lang}`);
  await page.fill('#account', config.account);
  await page.fill('#password', config.password);
  await page.click('main button');
  await page.waitForURL(`${there}/`);
  await look(page, `sender-list${at}`);
  await page.goto(`${there}/sent`);
  await look(page, `sent${at}`);
  await page.goto(there + config.sender.hold);
  await look(page, `hold${at}`);
  await page.click('form[action$="/name"] button');
  await page.waitForSelector('.faults');
  await look(page, `name-faults${at}`);
  await page.fill('#receiver', 'bollnas.mottagning');
  await page.fill('#named_by', 'Maj Provsson');
  await page.click('form[action$="/name"] button');
  await page.waitForSelector('input[name=confirmed]', { state: 'attached' });
  await look(page, `name-confirm${at}`);
}

// Tab until the element has the focus; a page where that never happens is a finding.
async function tabTo(page, selector) {
  for (let i = 0; i < 80; ++i) {
    await page.keyboard.press('Tab');
    const there = await page.evaluate((s) => document.activeElement?.matches(s), selector);
    if (!there) continue;
    const seen = await page.evaluate(() => {
      const style = getComputedStyle(document.activeElement);
      return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
    });
    if (!seen) tell({ unseen: selector });
    return;
  }
  throw new Error(`the keyboard does not reach ${selector} on ${page.url()}`);
}

async function byKeyboard() {
  const page = await open({ javaScriptEnabled: true });
  await page.goto(`${base}/sign-in`);
  await page.keyboard.press('Tab');
  tell({ skip: await page.evaluate(() => document.activeElement.getAttribute('href')) });
  await tabTo(page, '#account');
  await page.keyboard.type(config.account);
  await tabTo(page, '#password');
  await page.keyboard.type(config.password);
  await page.keyboard.press('Enter');
  await page.waitForURL(`${base}/`);
  await tabTo(page, `a[href="${config.signals.keyboard}"]`);
  await page.keyboard.press('Enter');
  await page.waitForURL(base + config.signals.keyboard);
  await tabTo(page, '[name=say]');
  await page.keyboard.press('Space');
  await tabTo(page, '#case');
  await page.keyboard.type('A-2026-17');
  await tabTo(page, 'form[action$="/answer"] button');
  await page.keyboard.press('Enter');
  await page.waitForSelector('input[name=confirmed]', { state: 'attached' });
  await tabTo(page, 'main form button');
  await page.keyboard.press('Enter');
  await page.waitForSelector('[role=status]');
  tell({ registered: await page.textContent('[role=status]') });
}

// At a unit that works with families: cooperation, with the answers of its kind, on the page and on paper.
async function supportPages(page, lang, at = '') {
  const there = `https://127.0.0.1:${config.support.port}`;
  await page.goto(`${there}/sign-in?lang=${lang}`);
  await page.fill('#account', config.account);
  await page.fill('#password', config.password);
  await page.click('main button');
  await page.waitForURL(`${there}/`);
  await page.goto(there + config.support.signal);
  await look(page, `support${at}`);
  await page.check('#say-not-reached');
  await page.click('form[action$="/answer"] button');
  await page.waitForSelector('input[name=confirmed]', { state: 'attached' });
  await look(page, `support-confirm${at}`);
  await page.goto(`${there}${config.support.signal}/print`);
  await look(page, `support-print${at}`);
}

try {
  for (const lang of ['sv', 'en']) {
    await everyPage(await open(), lang);
    await senderPages(await open(), lang);
    await supportPages(await open(), lang);
  }
  await everyPage(await open({ viewport: { width: 320, height: 640 } }), 'sv', '-narrow');
  await senderPages(await open({ viewport: { width: 320, height: 640 } }), 'sv', '-narrow');
  await supportPages(await open({ viewport: { width: 320, height: 640 } }), 'sv', '-narrow');
  const bare = await open();
  await bare.route('**/style.css', (route) => route.abort());
  bare.removeAllListeners('console');
  await everyPage(bare, 'sv', '-bare');
  const scriptless = await open({ javaScriptEnabled: false });
  await signIn(scriptless, config.account);
  tell({ scriptless: await scriptless.title() });
  await byKeyboard();
  tell({ done: true });
} finally {
  await browser.close();
}

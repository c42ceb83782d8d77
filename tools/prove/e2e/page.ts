// The arena's page in a real browser, as somebody sees it.
import type { Browser, Page as BrowserPage } from 'playwright-core';

export class Page {
  #browser: Browser;
  #page: BrowserPage;

  private constructor(browser: Browser, page: BrowserPage) {
    this.#browser = browser;
    this.#page = page;
  }

  static async open(browser: Browser, url: string): Promise<Page> {
    const page = await browser.newPage();
    await page.goto(url);
    await page.waitForSelector('#live[data-state="live"]');
    return new Page(browser, page);
  }

  /** Waits until the page shows this release; gives what it shows in the end. */
  async release(expected: number): Promise<number> {
    const number = this.#page.locator('[data-status="release"]');
    await number
      .filter({ hasText: new RegExp(`^${expected}$`) })
      .waitFor({ timeout: 10_000 })
      .catch(() => {});
    return Number(await number.textContent());
  }

  /** Whether a text appears on the page within some seconds. */
  async shows(text: string): Promise<boolean> {
    return this.#page
      .getByText(text)
      .first()
      .waitFor({ timeout: 10_000 })
      .then(
        () => true,
        () => false,
      );
  }

  close(): Promise<void> {
    return this.#browser.close();
  }
}

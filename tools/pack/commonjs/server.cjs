// A game that is a CommonJS file: loads a script, saves it, and sees the new version through the namespace that it has.
const { writeFile } = require('node:fs/promises');
const { join } = require('node:path');
const { createHost } = require('rekindle');
const { folderStore } = require('@rekindle/store-fs');

async function main() {
  const scripts = join(__dirname, 'scripts');
  const host = createHost({ stores: [folderStore(scripts)], cache: false });
  const shop = await host.import('shop.ts');
  console.log(`price ${shop.price}`);
  await writeFile(join(scripts, 'shop.ts'), 'export const price: number = 6;\n');
  const outcome = await host.sync();
  console.log(`${outcome.status} ${outcome.modules}: price ${shop.price}`);
  await host.close();
}

main();

// Works off the orders that the application leaves in the shared folder.
const { appendFileSync, readdirSync, renameSync } = require('node:fs');

function work() {
  for (const name of readdirSync('/var/shop/queue')) {
    if (name.startsWith('.')) continue;
    renameSync(`/var/shop/queue/${name}`, `/var/shop/done/${name}`);
    appendFileSync('/var/shop/log/shop.log', `worker sent order ${name}\n`);
  }
}

setInterval(work, 500);
console.log('worker watches /var/shop/queue');
process.on('SIGTERM', () => process.exit(0));

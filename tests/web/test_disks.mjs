// test_disks.mjs - frontend/web/site/js/disks.js alone, under node, with a store and locks that wait when they
// are told to: what is dropped twice is one image; another machine begins when everything is kept.
import assert from 'node:assert';
import {cpSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';

const site = join(dirname(fileURLToPath(import.meta.url)), '../../frontend/web/site/js');
const folder = mkdtempSync(join(tmpdir(), 'ferrite-disks-'));
let Disks;
try {
    for (const name of ['disks.js', 'store.js'])
        cpSync(join(site, name), join(folder, name));
    writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
    ({Disks} = await import(pathToFileURL(join(folder, 'disks.js'))));
} finally {
    rmSync(folder, {recursive: true});
}

const held = new Map(); // locks, each with what is called when it is free
const locks = {
    async request(name, {signal}, use) {
        while (held.has(name))
            await new Promise((free, fail) => {
                held.get(name).push(free);
                signal.addEventListener('abort', () => fail(signal.reason));
            });
        held.set(name, []);
        await use();
        const waiting = held.get(name);
        held.delete(name);
        waiting.forEach(free => free());
    },
};
Object.defineProperty(globalThis, 'navigator', {value: {locks}, configurable: true});
globalThis.FileReaderSync = class {
    readAsArrayBuffer(blob) { return blob.bytes.slice(0).buffer; }
};

function new_blob(size) {
    const bytes = new Uint8Array(size);
    return {bytes, size, lastModified: 1, slice: (from, to) => new_blob(Math.min(to, size) - from)};
}

const kept = new Map(); // what the store has
let store_waits = Promise.resolve();
const store = {
    disk: async () => null,
    async put_clusters(_record, clusters) {
        const now = clusters.map(([n, bytes]) => [n, bytes.slice()]);
        await store_waits;
        now.forEach(([n, bytes]) => kept.set(n, bytes));
    },
};
const said = [];
const disks = new Disks({mkdir() {}, mount() {}}, store, text => said.push(text));

const blob = new_blob(100000);
const paths = await Promise.all([disks.add(blob, 'a.img'), disks.add(blob, 'a.img')]);
assert.deepEqual(paths, ['/disks/a.img', '/disks/a.img']);
assert.deepEqual(said, []);
assert.equal(disks.images.size, 1);

// Something is being kept, and more has been written since.
const image = disks.at(paths[0]);
let go_on;
store_waits = new Promise(done => { go_on = done; });
image.write(0, new Uint8Array([1]));
disks.keep();
image.write(0, new Uint8Array([2]));
const left = disks.leave();
go_on();
await left;
assert.equal(kept.get(0)[0], 2);
assert.equal(held.size, 0);
image.write(0, new Uint8Array([3]));
await disks.keep();
assert.equal(kept.get(0)[0], 2, 'the disk is another machine\'s');
await disks.take();
await disks.keep();
assert.equal(kept.get(0)[0], 3);
assert.equal(held.size, 1);
process.exit(0); // the time limits of locks

// worker.js - the core in a worker of the page: it runs in slices, so that messages come in between,
// and never waits. transport_worker.js is at the other end.
//
//     in:   {module: the core's code, compiled, or null}, {start: {args, files: [{name, blob}], state, standing}}, {id, name, args}, {seen}, {sound},
//           {paused}, {id, disk: 'insert' | 'list' | 'download' | 'forget' | 'keep' | 'leave' | 'take', ...},
//           {id, state: 'list' | 'save' | 'machine' | 'forget', name}
//     out:  {started} or {refused}, {said: text of JSON}, {frame: ArrayBuffer}, {output, error},
//           {notice, lacks}, {id, done} or {id, failed}, {over: {status, text}}
import make_core from './core.js';
import {Disks, Image} from './disks.js';
import {Store, is_full, is_in_state} from './store.js';

const TURN_MS = 12; // then messages are looked at
const KEEP_MS = 1000;
const BROUGHT = 64 << 20; // bytes of an image that a state brings with it; of a larger one only the name

let core, machine = 0, store = null, disks = null;
let paused = false, over = false, timer = 0, posted = false, demo = true;
let number = -1; // of commands of our own
let given = []; // the machine's options, with {NAME} for files
const waiting = new Map();
const loop = new MessageChannel(); // timers are made longer by browsers, messages are not
loop.port1.onmessage = () => { posted = false; turn(); };

const say = (text, lacks) => postMessage({notice: text, lacks});

function run_soon() {
    if (timer)
        clearTimeout(timer);
    timer = 0;
    if (!posted && !paused && !over && machine) {
        posted = true;
        loop.port2.postMessage(0);
    }
}

function turn() {
    timer = 0;
    if (paused || over || !machine)
        return;
    const wait = core._web_run(machine, TURN_MS);
    if (wait < 0)
        end();
    else if (wait === 0)
        run_soon();
    else
        timer = setTimeout(turn, wait);
}

async function end() {
    over = true;
    const status = core._web_end(machine);
    if (disks)
        await disks.keep();
    postMessage({over: {status, text: 'The machine is switched off.'}});
}

// ---- strings on their way to C ----

function with_text(parts, use) {
    const bytes = new TextEncoder().encode(parts.map(p => `${String(p).replaceAll('\0', '')}\0`).join(''));
    const at = core._malloc(bytes.length + 1);
    core.HEAPU8.set(bytes, at);
    const result = use(at, bytes.length);
    core._free(at);
    return result;
}

// They stay where they are: options keep pointers into them.
function arguments_of(words) {
    const vector = core._malloc(4 * (words.length + 1));
    words.forEach((word, i) => {
        const bytes = new TextEncoder().encode(`${word}\0`), at = core._malloc(bytes.length);
        core.HEAPU8.set(bytes, at);
        core.HEAPU32[vector / 4 + i] = at;
    });
    core.HEAPU32[vector / 4 + words.length] = 0;
    return vector;
}

// ---- commands ----

const written = value => value === true ? 'on' : value === false ? 'off' : String(value);

function command(id, name, args) {
    const parts = [name];
    for (const [key, value] of Object.entries(args || {})) {
        if (value !== null && value !== undefined)
            parts.push(key, written(value));
    }
    with_text(parts, (at, length) => core._web_command(machine, id, at, length));
    run_soon();
}

function own(name, args) {
    return new Promise((resolve, reject) => {
        const id = number--;
        waiting.set(id, {resolve, reject});
        command(id, name, args);
    });
}

function said(text) {
    if (text.startsWith('{"id":-')) {
        const m = JSON.parse(text), call = waiting.get(m.id);
        waiting.delete(m.id);
        if (m.error)
            call.reject(new Error(m.error.desc));
        else
            call.resolve(m.return);
        return;
    }
    postMessage({said: text});
}

// ---- disks ----

const disk_orders = {
    async insert({drive, file}) {
        const path = await disks.add(file, file.name);
        await own('insert', {drive, file: path});
        const boots = demo && drive === 'fda'; // nobody wants the demo disk's picture before a disk of theirs
        demo = false;
        if (boots)
            await own('reset', {});
        return {path};
    },
    list: () => disks.list(),
    download: ({name}) => disks.download(name),
    async forget({name}) {
        const used = (await own('drives', {})).some(d => d.file === `/disks/${name}`);
        if (used)
            throw new Error(`${name} is in a drive: take it out first`);
        await disks.forget(name);
    },
    keep: () => disks.keep(),
    // Another machine of this page may have the same disks; or it did not come into being.
    leave: () => disks.leave(),
    take: () => disks.take(),
};

// ---- states ----

function keeps() {
    if (!store)
        throw new Error('this browser keeps nothing for this page');
    return store;
}

// A state is the machine's, of each drive with an image the image itself, if it is not too large, and
// what had been written to it; and the options, so that the same machine can be made anew.
const state_orders = {
    list: () => keeps().states(),
    async save({name}) {
        keeps();
        const drives = await own('drives', {});
        await own('snapshot-save', {file: '/tmp/page.state'});
        // Nothing has run since: no turn comes before the next wait.
        const disks_of = [], written = new Map();
        for (const {drive, kind, inserted, file} of drives) {
            const image = inserted && disks.at(file);
            if (!image) {
                disks_of.push({drive, kind, inserted, id: null});
                continue;
            }
            const {id, called, size, blob} = image;
            disks_of.push({drive, kind, inserted, id, called, length: size, bytes: blob.size, modified: image.modified,
                blob: blob.size <= BROUGHT ? blob : null});
            written.set(is_in_state(name, id), [...image.clusters].map(([n, bytes]) => [n, bytes.slice()]));
        }
        const bytes = core.FS.readFile('/tmp/page.state');
        core.FS.unlink('/tmp/page.state');
        const saved = new Date().toISOString().slice(0, 19).replace('T', ' ');
        try {
            await store.put_state({name, saved, bytes, args: given, disks: disks_of}, written);
        } catch (error) {
            throw is_full(error) ? new Error('this browser keeps no more: forget other states or disks') : error;
        }
    },
    // What a machine with this state begins with: for start().
    async machine({name}) {
        const state = await keeps().state(name);
        if (!state)
            throw new Error(`there is no state "${name}"`);
        const files = [];
        for (const {id, called, blob, drive, bytes} of state.disks || []) {
            if (!id)
                continue;
            const here = [...disks.images.values()].find(i => i.id === id);
            if (!blob && !here)
                throw new Error(`the state "${name}" needs ${called} (${Math.round(bytes / (1 << 20))} MB), which was in ${drive} and is too large to be kept with it: drop this file on the screen, then load the state`);
            files.push({name: called, blob: blob || here.blob});
        }
        return {args: state.args || given, files, state: name};
    },
    forget: ({name}) => keeps().forget_state(name),
};

// Drives as they were, then the state.
async function load_state(name) {
    const state = await store.state(name);
    for (const {drive, kind, inserted, id} of state.disks || []) {
        const image = id && [...disks.images.values()].find(i => i.id === id);
        if (kind === 'disk') // by an option
            continue;
        if (image)
            await own('insert', {drive, file: `/disks/${image.name}`});
        else if (!inserted && (await own('drives', {})).some(d => d.drive === drive && d.inserted))
            await own('eject', {drive});
    }
    core.FS.writeFile('/tmp/page.state', state.bytes);
    try {
        await own('snapshot-load', {file: '/tmp/page.state'});
    } finally {
        core.FS.unlink('/tmp/page.state');
    }
}

// A person knows a disk by its name, not by its place in the core's file system.
const by_name = text => text.replaceAll('/disks/', '');

async function order(table, m, which) {
    await opened;
    try {
        postMessage({id: m.id, done: await table[which](m)});
    } catch (error) {
        postMessage({id: m.id, failed: by_name(error.message)});
    }
}

// ---- the beginning ----

// At once, before anybody says what machine it is to be. The page compiles the code while this worker
// begins; where it cannot, it is done here.
let bring;
const brought = new Promise(resolve => { bring = resolve; });

async function instantiate(imports) {
    const code = await brought;
    if (code)
        return WebAssembly.instantiate(code, imports);
    const reply = await fetch(new URL('core.wasm', import.meta.url));
    if (!reply.ok)
        throw new Error(`core.wasm: ${reply.status} ${reply.statusText}`);
    return (await WebAssembly.instantiate(await reply.arrayBuffer(), imports)).instance;
}

const loading = new Promise((resolve, reject) => {
    make_core({
        instantiateWasm(imports, done) {
            instantiate(imports).then(instance => done(instance)).catch(reject);
            return {};
        },
        said, frame: bytes => postMessage({frame: bytes.buffer}, [bytes.buffer]),
        print: text => postMessage({output: text, error: false}),
        printErr: text => postMessage({output: text, error: true}),
    }).then(resolve, reject);
});
loading.catch(() => {}); // said by start()

// The first picture does not wait for what the browser keeps; what has to do with disks and states does.
const opened = Store.open().catch(() => null).then(found => {
    store = found;
    if (disks)
        disks.store = found;
    if (!found)
        say('This browser keeps nothing for this page: what guests write is gone with it, unless you download the disk.');
});

async function start({args, files, state, standing}) {
    core = await loading;
    if (state || (files && files.length))
        await opened;
    disks = new Disks(core.FS, store, say);
    const words = ['ferrite', ...args];
    given = args;
    const kept = state && store ? await store.state(state) : null;
    for (const {name, blob} of files || []) {
        const id = Image.id_of(blob, name), was = kept && (kept.disks || []).find(d => d.id === id);
        const path = was ? await disks.add(blob, name, await store.clusters(is_in_state(state, id)), was.length)
            : await disks.add(blob, name);
        for (let i = 0; i < words.length; i++)
            words[i] = words[i].replaceAll(`{${name}}`, path);
        demo = false;
    }
    machine = core._web_new(words.length, arguments_of(words));
    const why = machine ? core.UTF8ToString(core._web_refused(machine)) : 'out of memory';
    if (why) {
        machine = 0;
        postMessage({refused: by_name(why)});
        return;
    }
    if (standing)
        await own('stop', {});
    if (kept) {
        try {
            await load_state(state);
        } catch (error) {
            machine = 0;
            postMessage({refused: error.message});
            return;
        }
    }
    setInterval(() => disks.keep(), KEEP_MS);
    postMessage({started: true});
    run_soon();
}

onmessage = ({data: m}) => {
    if (m.module !== undefined)
        bring(m.module);
    else if (m.start)
        start(m.start).catch(error => postMessage({refused: error.message}));
    else if (m.seen !== undefined)
        core._web_seen(machine, m.seen);
    else if (m.paused !== undefined) {
        paused = m.paused;
        if (paused && disks)
            disks.keep();
        run_soon();
    } else if (m.disk)
        order(disk_orders, m, m.disk);
    else if (m.state)
        order(state_orders, m, m.state);
    else if (m.sound !== undefined) {
        const why = core.UTF8ToString(core._web_sound(machine, m.sound));
        postMessage(why ? {id: m.id, failed: why} : {id: m.id, done: null});
    } else
        command(m.id, m.name, m.args);
};

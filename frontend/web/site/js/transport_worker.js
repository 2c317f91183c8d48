// transport_worker.js - a machine in a worker of this page. See ../../README.md.
//
// The page's address may say what kind of machine it is: `?args=-m 32 -cpu 486`, as on the command
// line. Without, it is the one that `ferrite` alone is, with the demo disk.
import {next_worker, what_is_missing} from './carrier.js';
import {save} from './dom.js';
import {CommandError} from './machine.js';
import {unpack_screen} from './picture.js';

const SCREEN = 1, AUDIO = 2;

// The usual drive is for 1.44 MB, and what is larger than its largest formats it cannot read.
const is_extra_dense = file => file.size > 2 << 20;
const looks_like_disk = file => file.size > 3 << 20 && !/\.(iso|cdr|cue|bin|img\.iso)$/i.test(file.name);

export async function connect(emit, options = {}) {
    const missing = what_is_missing();
    if (missing)
        throw new CommandError(missing);
    const query = new URLSearchParams(location.search), title = document.title;
    let worker = null, number = 0, over = false, sound_on = false, options_now = '', background = query.has('background');
    const waiting = new Map();

    function ask(message, transfer = []) {
        if (over)
            return Promise.reject(new CommandError('the machine has ended'));
        return new Promise((resolve, reject) => {
            waiting.set(++number, {resolve, reject});
            worker.postMessage({...message, id: number}, transfer);
        });
    }

    function settle(id, error, value) {
        const call = waiting.get(id);
        waiting.delete(id);
        if (!call)
            return;
        if (error)
            call.reject(new CommandError(error.desc, error));
        else
            call.resolve(value);
    }

    function on_text(text) {
        const m = JSON.parse(text);
        if (m.event !== undefined)
            emit(m.event, m.data || {});
        else
            settle(m.id, m.error, m.return);
    }

    function on_frame(buffer) {
        const type = new Uint8Array(buffer, 0, 1)[0];
        if (type === SCREEN) {
            const screen = unpack_screen(buffer), mine = worker;
            emit('screen', screen);
            const seen = () => mine.postMessage({seen: screen.number});
            if (document.hidden)
                setTimeout(seen, 100); // no frames are drawn
            else
                requestAnimationFrame(seen);
        } else if (type === AUDIO) {
            emit('audio', {rate: new DataView(buffer).getUint32(4, true), samples: new Int16Array(buffer, 8)});
        }
    }

    function closed(text) {
        if (over)
            return;
        over = true;
        for (const call of waiting.values())
            call.reject(new CommandError(text));
        waiting.clear();
        worker.terminate();
        emit('closed', {text});
    }

    // Another machine takes the place of the one before when it has started, not sooner.
    function takes_over(mine, standing, quiet) {
        const before = worker;
        worker = mine;
        if (!before)
            return;
        before.terminate();
        for (const call of waiting.values())
            call.reject(new CommandError('another machine has taken this one’s place'));
        waiting.clear();
        if (sound_on)
            worker.postMessage({sound: 1, id: 0});
        look_hidden();
        emit(standing ? 'stop' : 'resume', {});
        if (!quiet)
            emit('reset', {guest: false, reason: ''});
    }

    // files: [{name, blob}], whose names in braces stand in args. more: a state, which it goes on from.
    function begin(args, files, more = {}) {
        return new Promise((resolve, reject) => {
            const mine = next_worker();
            mine.onerror = e => {
                e.preventDefault();
                const text = `The machine could not be loaded (${e.message || 'its file is not there, or this browser has no module workers: Firefox 114, Chrome 85, Safari 15 have'}).`;
                reject(new CommandError(text));
                if (mine === worker)
                    closed(text);
                else
                    mine.terminate(); // and lets go of its disks
            };
            mine.onmessage = ({data: m}) => {
                if (m.started) {
                    options_now = args.join(' ');
                    takes_over(mine, more.standing, more.state);
                    resolve();
                } else if (m.refused) {
                    mine.terminate();
                    reject(new CommandError(m.refused));
                } else if (m.output !== undefined) {
                    emit('output', {text: m.output, error: m.error});
                } else if (m.notice) {
                    emit('notice', {text: m.notice, lacks: m.lacks});
                } else if (mine !== worker) {
                    return; // the one before, whose last words have been on their way
                } else if (m.said !== undefined) {
                    on_text(m.said);
                } else if (m.frame) {
                    on_frame(m.frame);
                } else if (m.over) {
                    emit('over', m.over);
                    closed(m.over.text);
                } else {
                    settle(m.id, m.failed && {desc: m.failed}, m.done);
                }
            };
            mine.postMessage({start: {args, files, ...more}});
        });
    }

    // The one before writes nothing more while the other begins: they may have the same disk.
    async function succeed(args, files, more) {
        worker.postMessage({paused: true});
        try {
            await ask({disk: 'leave'});
            await begin(args, files, more);
        } catch (error) {
            await ask({disk: 'take'}).catch(() => {}); // it may have ended
            look_hidden();
            throw error;
        }
    }

    // ---- a page that nobody sees ----

    function look_hidden() {
        const paused = document.hidden && !sound_on && !background;
        if (!over)
            worker.postMessage({paused});
        document.title = paused ? `${title} (paused: this page is hidden)` : title;
    }

    // ---- disks ----

    // A hard disk is there when the power comes on, and so is a drive's kind: another machine begins with it.
    async function restart_with(option, file) {
        await succeed([...args_given, option, `{${file.name}}`], [{name: file.name, blob: file}]);
    }

    // A state brings its machine and its disks.
    async function load(name) {
        const {args, files, state} = await ask({state: 'machine', name});
        const {status} = await command('status', {});
        await succeed(args, files, {state, standing: status !== 'running'});
    }

    // Another machine, by options; not if it is this one already.
    async function remake(options) {
        const args = options.split(' ').filter(Boolean);
        if (args.join(' ') !== options_now)
            await succeed(args, []);
    }

    async function insert(drive, file) {
        if (drive === 'cd' && looks_like_disk(file)) {
            await restart_with('-hda', file);
            return {made: 'is the hard disk of a new machine'};
        }
        if (drive === 'fda' && is_extra_dense(file) && !/(^| )-fda /.test(options_now)) {
            await restart_with('-fda', file);
            return {made: 'is in A: of a new machine, which has a drive for 2.88 MB'};
        }
        return ask({disk: 'insert', drive, file});
    }

    const download = async name => save(await ask({disk: 'download', name}), name);

    const args_given = options.args || (query.get('args') || '').split(/\s+/).filter(Boolean);
    await begin(args_given, options.files || []);
    document.addEventListener('visibilitychange', look_hidden);
    window.addEventListener('pagehide', () => { if (!over) worker.postMessage({disk: 'keep', id: 0}); });
    if (document.hidden)
        look_hidden();
    const command = (name, args = {}) => ask({name, args});
    const info = await command('hello', {});
    return {
        info: {carrier: 'worker', ...info}, command, insert, remake,
        disks: {list: () => ask({disk: 'list'}), download, forget: name => ask({disk: 'forget', name})},
        states: {
            list: () => ask({state: 'list'}), save: name => ask({state: 'save', name}),
            load, forget: name => ask({state: 'forget', name}),
        },
        sound: async on => { await ask({sound: on ? 1 : 0}); sound_on = on; look_hidden(); },
        background: on => { background = on; look_hidden(); },
        close: () => closed('the page has closed it'),
    };
}

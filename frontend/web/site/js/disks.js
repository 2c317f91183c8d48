// disks.js - image files that were dropped on the page, as files of the core: a file system for
// emscripten's FS, mounted at /disks in the worker.
//
// An image is read by pieces of its Blob, never whole: FileReaderSync waits for the piece, so that
// to the guest the drive has answered as always, and no moment of the host's is seen by it. What
// the guest writes goes into clusters over the image; they are kept in IndexedDB each second, and
// when the page goes. The file itself is never written to.
//
// Where the browser keeps no more (its quota), the guest gets a write error, as of a full disk, and
// the person is told. What had been written before stays in memory, to be downloaded.
//
// One page at a time keeps what is written to an image (a lock of the browser's): of two machines with
// the same disk the clusters of both would make one that neither has written.
import {is_full} from './store.js';

const CLUSTER = 16 << 10; // bytes
const PIECE = 64 << 10, PIECES = 64; // read at once; of them kept of each image
const PATIENCE_MS = 1500; // for a lock
const ENOENT = 44, ENOSPC = 51, EIO = 29, EPERM = 63, EINVAL = 28, EISDIR = 31;
const DIRECTORY = 0o40755, FILE = 0o100644;

// FNV-1a; to tell images apart, not against anybody.
function print(bytes) {
    let h = 0x811c9dc5;
    for (const b of bytes)
        h = Math.imul(h ^ b, 0x01000193) >>> 0;
    return h.toString(16);
}

export class Image {
    constructor(blob, name, id, called) {
        this.blob = blob;
        this.name = name; // in /disks
        this.called = called; // by the person
        this.id = id;
        this.size = blob.size;
        this.modified = blob.lastModified || 0;
        this.pieces = new Map(); // number -> bytes, the one used last at the end
        this.clusters = new Map(); // written ones
        this.unkept = new Set(); // numbers of those that are not in the store yet
        this.full = false;
        this.kept_here = true; // by this page, not by another that has the same image
        this.reader = new FileReaderSync();
    }

    static id_of(blob, name) {
        const head = new Uint8Array(new FileReaderSync().readAsArrayBuffer(blob.slice(0, PIECE)));
        return `${name} ${blob.size} ${blob.lastModified || 0} ${print(head)}`;
    }

    piece(number) {
        let p = this.pieces.get(number);
        if (p) {
            this.pieces.delete(number);
        } else {
            p = new Uint8Array(this.reader.readAsArrayBuffer(this.blob.slice(number * PIECE, (number + 1) * PIECE)));
            if (this.pieces.size >= PIECES)
                this.pieces.delete(this.pieces.keys().next().value);
        }
        this.pieces.set(number, p);
        return p;
    }

    // Of the image as it came; zeros behind its end.
    read_base(at, out) {
        out.fill(0);
        for (let done = 0; done < out.length && at + done < this.blob.size;) {
            const p = this.piece(Math.floor((at + done) / PIECE)), from = (at + done) % PIECE;
            const n = Math.min(out.length - done, p.length - from);
            if (n <= 0)
                break;
            out.set(p.subarray(from, from + n), done);
            done += n;
        }
    }

    read(at, out) {
        for (let done = 0; done < out.length;) {
            const number = Math.floor((at + done) / CLUSTER), from = (at + done) % CLUSTER;
            const n = Math.min(out.length - done, CLUSTER - from), c = this.clusters.get(number);
            if (c)
                out.set(c.subarray(from, from + n), done);
            else
                this.read_base(at + done, out.subarray(done, done + n));
            done += n;
        }
    }

    // false: the browser keeps no more.
    write(at, bytes) {
        for (let done = 0; done < bytes.length;) {
            const number = Math.floor((at + done) / CLUSTER), from = (at + done) % CLUSTER;
            const n = Math.min(bytes.length - done, CLUSTER - from);
            let c = this.clusters.get(number);
            if (!c) {
                if (this.full)
                    return false;
                c = new Uint8Array(CLUSTER);
                if (n < CLUSTER)
                    this.read_base(number * CLUSTER, c);
                this.clusters.set(number, c);
            }
            c.set(bytes.subarray(done, done + n), from);
            this.unkept.add(number);
            done += n;
        }
        this.size = Math.max(this.size, at + bytes.length);
        return true;
    }

    // As it is now, without reading it.
    download() {
        const parts = [], end = this.size;
        for (let at = 0; at < end;) {
            const number = at / CLUSTER, c = this.clusters.get(number);
            if (c) {
                parts.push(c.slice(0, Math.min(CLUSTER, end - at)));
                at += CLUSTER;
                continue;
            }
            let to = at + CLUSTER;
            while (to < end && !this.clusters.has(to / CLUSTER))
                to += CLUSTER;
            to = Math.min(to, end);
            if (at < this.blob.size)
                parts.push(this.blob.slice(at, Math.min(to, this.blob.size)));
            if (to > this.blob.size)
                parts.push(new Uint8Array(to - Math.max(at, this.blob.size)));
            at = to;
        }
        return new Blob(parts);
    }
}

// The file system: one folder, its files are images.
function file_system(FS, images) {
    const fail = errno => { throw new FS.ErrnoError(errno); };
    const node_ops = {
        getattr(node) {
            const image = node.image, size = image ? image.size : 4096;
            const time = new Date(image ? image.modified : 0);
            return {
                dev: 1, ino: node.id, mode: node.mode, nlink: 1, uid: 0, gid: 0, rdev: 0, size,
                atime: time, mtime: time, ctime: time, blksize: 4096, blocks: Math.ceil(size / 512),
            };
        },
        setattr(node, attributes) {
            if (node.image && attributes.size !== undefined && attributes.size !== node.image.size)
                fail(EINVAL);
        },
        lookup(parent, name) {
            const image = images.get(name);
            return image ? make(parent, image) : fail(ENOENT);
        },
        mknod() { fail(EPERM); },
        rename() { fail(EPERM); },
        unlink() { fail(EPERM); },
        rmdir() { fail(EPERM); },
        symlink() { fail(EPERM); },
        readdir: () => ['.', '..', ...images.keys()],
        readlink() { fail(EINVAL); },
    };
    const stream_ops = {
        llseek(stream, offset, whence) {
            let at = offset;
            if (whence === 1)
                at += stream.position;
            else if (whence === 2)
                at += stream.node.image.size;
            return at >= 0 ? at : fail(EINVAL);
        },
        read(stream, buffer, offset, length, position) {
            const image = stream.node.image;
            if (!image)
                fail(EISDIR);
            const n = Math.max(0, Math.min(length, image.size - position));
            try {
                image.read(position, buffer.subarray(offset, offset + n));
            } catch (error) { // the file is gone, or was changed under us
                fail(EIO);
            }
            return n;
        },
        write(stream, buffer, offset, length, position) {
            let kept = false;
            try {
                kept = stream.node.image.write(position, buffer.subarray(offset, offset + length));
            } catch (error) {
                fail(EIO);
            }
            return kept ? length : fail(ENOSPC);
        },
    };
    const make = (parent, image) => {
        const node = FS.createNode(parent, image ? image.name : '/', image ? FILE : DIRECTORY, 0);
        return Object.assign(node, {node_ops, stream_ops, image});
    };
    return {mount: () => make(null, null)};
}

export class Disks {
    // `store`: NULL where nothing is kept. `say`: a sentence for the person; true: something is to be done, false: no more.
    constructor(FS, store, say) {
        this.images = new Map();
        this.store = store;
        this.say = say;
        this.keeping = null;
        this.adding = Promise.resolve();
        this.left = false; // what is written is another machine's to keep
        this.locks = new Map(); // what lets go of them, by image
        FS.mkdir('/disks');
        FS.mount(file_system(FS, this.images), {}, '/disks');
    }

    // The path of a file from now on, with what was written to it on earlier visits, or with these
    // clusters: as it was when a state was kept.
    add(...image) {
        // One after the other: who drops a file twice would wait for the lock that is his own.
        const added = this.adding.then(() => this.add_one(...image));
        this.adding = added.catch(() => {}); // said to who has asked for it
        return added;
    }

    async add_one(blob, called, clusters = null, length = 0) {
        const base = called.replace(/[^\w.+-]/g, '_').slice(-80) || 'image', id = Image.id_of(blob, called);
        let name = base;
        for (let i = 2; this.images.has(name) && this.images.get(name).id !== id; i++)
            name = `${i}-${base}`;
        if (this.images.has(name))
            return `/disks/${name}`;
        const image = new Image(blob, name, id, called);
        await this.lock(image);
        const known = this.store && await this.store.disk(id);
        if (clusters) {
            image.clusters = clusters;
            image.unkept = new Set(clusters.keys());
            image.size = Math.max(image.size, length);
            if (known && image.kept_here) // what was written since is no longer there
                await this.store.forget_disk(id);
        } else if (known) {
            image.clusters = await this.store.clusters(id);
            image.size = Math.max(image.size, known.length);
        }
        this.images.set(name, image);
        return `/disks/${name}`;
    }

    // A page that goes takes a moment to let go; another one may have it for hours.
    async lock(image) {
        if (!this.store || !navigator.locks)
            return;
        await new Promise(resolve => {
            const released = navigator.locks.request(`ferrite ${image.id}`, {signal: AbortSignal.timeout(PATIENCE_MS)}, () => new Promise(done => {
                this.locks.set(image, {done, released: () => released});
                image.kept_here = true;
                resolve();
            }));
            released.catch(() => { image.kept_here = false; resolve(); });
        });
        if (!image.kept_here)
            this.say(`${image.called} is in a machine of another page of this browser: what is written to it here is gone with this page, unless you download the disk.`);
    }

    // For another machine, when everything is kept; nobody runs this one meanwhile.
    async leave() {
        await this.keeping; // it may have gone past what was written last
        await this.keep();
        this.left = true;
        const locks = [...this.locks.values()];
        this.locks.clear();
        for (const {done, released} of locks) {
            done();
            await released();
        }
    }

    async take() {
        this.left = false;
        for (const image of this.images.values())
            if (image.kept_here)
                await this.lock(image);
    }

    // Its image, by the path that the core has; undefined: it is none of these.
    at(path) {
        return this.images.get(String(path).replace(/^\/disks\//, ''));
    }

    list() {
        return [...this.images.values()].map(i => ({
            name: i.name, file: `/disks/${i.name}`, size: i.size, written: i.clusters.size * CLUSTER, unkept: i.unkept.size * CLUSTER,
        }));
    }

    download(name) {
        const image = this.images.get(name);
        if (!image)
            throw new Error(`there is no disk ${name} here`);
        return image.download();
    }

    // What was written is gone; the guest sees the image as it came, so nobody may be using it.
    async forget(name) {
        const image = this.images.get(name);
        if (!image)
            throw new Error(`there is no disk ${name} here`);
        if (!image.kept_here)
            throw new Error(`${name} is in a machine of another page`);
        await this.keeping;
        image.clusters.clear();
        image.unkept.clear();
        image.size = image.blob.size;
        image.full = false;
        if (this.store)
            await this.store.forget_disk(image.id);
    }

    // One after the other; what is written meanwhile waits for the next time.
    keep() {
        if (!this.keeping)
            this.keeping = this.keep_all().finally(() => { this.keeping = null; });
        return this.keeping;
    }

    async keep_all() {
        if (!this.store || this.left)
            return;
        for (const image of this.images.values()) {
            if (!image.unkept.size || !image.kept_here)
                continue;
            const numbers = [...image.unkept];
            image.unkept.clear();
            try {
                const record = {id: image.id, name: image.name, length: image.size, used: new Date().toISOString()};
                await this.store.put_clusters(record, numbers.map(n => [n, image.clusters.get(n)]));
                if (image.full)
                    this.say(`${image.name}: what the guest writes is kept again`, false);
                image.full = false;
            } catch (error) {
                for (const n of numbers)
                    image.unkept.add(n);
                this.failed(image, error);
            }
        }
    }

    failed(image, error) {
        if (image.full)
            return;
        image.full = true;
        this.say(is_full(error)
            ? `${image.name}: this browser keeps no more. A diskette gives the guest write errors, a hard disk stops the machine. Forget other disks (menu Drives) or states (menu States), or free space, and it is kept; or download the disk.`
            : `${image.name}: what the guest writes cannot be kept (${error.message}); download the disk.`, true);
    }
}

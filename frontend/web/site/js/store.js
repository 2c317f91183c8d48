// store.js - what is kept between visits, in IndexedDB: clusters that guests have written, disks by
// what they are, states of machines. Everything here is asynchronous; a browser without it (or one
// that is told to keep nothing) makes open() fail, and nothing is kept then.

const NAME = 'ferrite', VERSION = 1;

const done = request => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
});

const over = transaction => new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = transaction.onerror = () => reject(transaction.error || new Error('it was broken off'));
});

export const is_full = error => error && (error.name === 'QuotaExceededError' || /quota/i.test(error.message));

// The name under which the clusters of a state's disk are kept.
export const is_in_state = (state, disk) => `state ${state}\n${disk}`;

export class Store {
    static async open() {
        const request = indexedDB.open(NAME, VERSION);
        request.onupgradeneeded = () => {
            const db = request.result;
            db.createObjectStore('clusters'); // [disk, number] -> Uint8Array
            db.createObjectStore('disks', {keyPath: 'id'});
            db.createObjectStore('states', {keyPath: 'name'});
        };
        const store = new Store();
        store.db = await done(request);
        return store;
    }

    // All clusters of a disk: a Map of numbers to bytes.
    async clusters(disk) {
        const range = IDBKeyRange.bound([disk, 0], [disk, Infinity]), found = new Map();
        const cursor = this.db.transaction('clusters').objectStore('clusters').openCursor(range);
        await new Promise((resolve, reject) => {
            cursor.onerror = () => reject(cursor.error);
            cursor.onsuccess = () => {
                const at = cursor.result;
                if (!at)
                    return resolve();
                found.set(at.key[1], at.value);
                at.continue();
            };
        });
        return found;
    }

    // In one transaction: all of them are kept, or none.
    put_clusters(disk, clusters) {
        const t = this.db.transaction(['clusters', 'disks'], 'readwrite');
        for (const [number, bytes] of clusters)
            t.objectStore('clusters').put(bytes, [disk.id, number]);
        t.objectStore('disks').put(disk);
        return over(t);
    }

    forget_disk(disk) {
        const t = this.db.transaction(['clusters', 'disks'], 'readwrite');
        t.objectStore('clusters').delete(IDBKeyRange.bound([disk, 0], [disk, Infinity]));
        t.objectStore('disks').delete(disk);
        return over(t);
    }

    disk(id) {
        return done(this.db.transaction('disks').objectStore('disks').get(id));
    }

    disks() {
        return done(this.db.transaction('disks').objectStore('disks').getAll());
    }

    // `written`: of each of its disks the clusters at that moment, a Map by what is_in_state() says.
    async put_state(state, written) {
        await this.forget_state(state.name);
        const t = this.db.transaction(['states', 'clusters'], 'readwrite');
        t.objectStore('states').put(state);
        for (const [disk, clusters] of written)
            for (const [number, bytes] of clusters)
                t.objectStore('clusters').put(bytes, [disk, number]);
        await over(t);
    }

    state(name) {
        return done(this.db.transaction('states').objectStore('states').get(name));
    }

    async states() {
        const all = await done(this.db.transaction('states').objectStore('states').getAll());
        return all.map(({name, saved, bytes}) => ({name, saved, bytes: bytes.byteLength}))
            .sort((a, b) => (a.saved < b.saved ? 1 : -1));
    }

    async forget_state(name) {
        const state = await this.state(name);
        const t = this.db.transaction(['states', 'clusters'], 'readwrite');
        t.objectStore('states').delete(name);
        for (const {id} of (state && state.disks) || []) {
            const disk = is_in_state(name, id);
            t.objectStore('clusters').delete(IDBKeyRange.bound([disk, 0], [disk, Infinity]));
        }
        await over(t);
    }
}

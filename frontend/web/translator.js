// translator.js - modules that the translator makes (cpu/translate/wasm_host.h), for emscripten's
// linker: each is compiled at once, given this program's memory and the functions that it calls, and its
// own function put into the table of functions. Places that became free are used again.
//
// Not the table itself: old V8s keep a copy of it for each module for good.
mergeInto(LibraryManager.library, {
  $wasm_host_free: [],
  // The functions of the program by their places: what a module names is asked for here.
  $wasm_host_functions: '=new Proxy({}, {get: function(none, place) { return wasmTable.get(+place); }})',
  wasm_host_make__deps: ['$wasm_host_free', '$wasm_host_functions'],
  wasm_host_make: function(bytes, size) {
    try {
      var module = new WebAssembly.Module(HEAPU8.subarray(bytes, bytes + size));
      var made = new WebAssembly.Instance(module, {e: {m: wasmMemory}, h: wasm_host_functions});
      var place = wasm_host_free.length ? wasm_host_free.pop() : wasmTable.grow(1);
      wasmTable.set(place, made.exports.f);
      return place;
    } catch (problem) { // a host that has no room for more, or forbids it
      err('translator: ' + problem);
      return 0;
    }
  },
  // A module with one function, which drops a vector.
  wasm_host_vectors: function() {
    return WebAssembly.validate(new Uint8Array([
      0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0,
      10, 9, 1, 7, 0, 65, 0, 253, 15, 26, 11])) ? 1 : 0;
  },
  wasm_host_drop__deps: ['$wasm_host_free'],
  wasm_host_drop: function(place) {
    wasmTable.set(place, null);
    wasm_host_free.push(place);
  },
});

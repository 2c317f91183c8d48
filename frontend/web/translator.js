// translator.js - modules that the translator makes (cpu/translate/wasm_host.h), for emscripten's
// linker: each is compiled at once, given this program's memory and table of functions, and its
// function put into the table. Places that became free are used again.
mergeInto(LibraryManager.library, {
  $wasm_host_free: [],
  wasm_host_make__deps: ['$wasm_host_free'],
  wasm_host_make: function(bytes, size) {
    try {
      var module = new WebAssembly.Module(HEAPU8.subarray(bytes, bytes + size));
      var made = new WebAssembly.Instance(module, {e: {m: wasmMemory, t: wasmTable}});
      var place = wasm_host_free.length ? wasm_host_free.pop() : wasmTable.grow(1);
      wasmTable.set(place, made.exports.f);
      return place;
    } catch (problem) { // a host that has no room for more, or forbids it
      err('translator: ' + problem);
      return 0;
    }
  },
  wasm_host_drop__deps: ['$wasm_host_free'],
  wasm_host_drop: function(place) {
    wasmTable.set(place, null);
    wasm_host_free.push(place);
  },
});

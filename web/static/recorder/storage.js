// What the browser refuses to keep, and what the page keeps although it should not.
const stored = { __proto__: null };
const nativeStores = { __proto__: null };

for (const store of ["localStorage", "sessionStorage", "indexedDB"]) {
  const found = getOwnPropertyDescriptor(window, store);
  if (!found?.get) continue;
  nativeStores[store] = found.get;
  watchedAccessor(window, store, { get: (native, self) => refusable(store, () => apply(native, self, [])) });
}

const refusable = (store, access) => {
  try {
    return access();
  } catch (error) {
    record("storage.denied", () => ({ __proto__: null, store, error: errorName(error) }));
    throw error;
  }
};

watchedAccessor(Document.prototype, "cookie", {
  get: (native, self) => refusable("cookie", () => apply(native, self, [])),
  set: (native, self, args) => {
    const pair = exec(/^\s*([^=;]*)=?([^;]*)/, typeof args[0] === "string" ? args[0] : "");
    written("cookie", pair[1], pair[2]);
    return refusable("cookie", () => apply(native, self, args));
  },
});
const cookieOf = getter(Document.prototype, "cookie");

const written = (store, key, value) => {
  try {
    const found = fingerprints(value);
    if (found.length) record("storage.written", () => ({ __proto__: null, store, key: name(key), fingerprints: found }));
  } catch {
    record("recorder.failed", () => ({ __proto__: null, during: store }));
  }
};

const storeName = (storage) => {
  for (let index = 0; index < 2; index++) {
    const store = index ? "sessionStorage" : "localStorage";
    try {
      if (nativeStores[store] && apply(nativeStores[store], window, []) === storage) return store;
    } catch {
      // Denied: then it is not this one.
    }
  }
  return "storage";
};

watched(Storage.prototype, "setItem", (native) => ({
  apply: (target, self, args) => {
    if (typeof args[1] === "string") written(storeName(self), args[0], args[1]);
    return apply(native, self, args);
  },
}));

if (window.IDBFactory) {
  const failure = getter(IDBRequest.prototype, "error");
  watched(IDBFactory.prototype, "open", (native) => ({
    apply: (target, self, args) => {
      const request = refusable("indexedDB", () => apply(native, self, args));
      hear(request, "error", () =>
        record("storage.denied", () => ({ __proto__: null, store: "indexedDB", error: errorName(failure(request)) })));
      return request;
    },
  }));
  for (const method of ["put", "add"])
    watched(IDBObjectStore.prototype, method, (native) => ({
      apply: (target, self, args) => {
        written("indexedDB", "", args[0]);
        return apply(native, self, args);
      },
    }));
}

for (const method of ["requestStorageAccess", "hasStorageAccess"])
  watched(Document.prototype, method, (native) => ({
    apply: (target, self, args) => {
      const promise = apply(native, self, args);
      const tell = (result, error) => record("storage_access.answered", () => ({ __proto__: null, method, result, error }));
      then(promise, (value) => tell(value === false ? "no" : "granted", null), (error) => tell("denied", errorName(error)));
      return promise;
    },
  }));

// Looks for the credentials that this document is known to hold where they would outlive it.
const keep = (where, key, text) => {
  if (typeof text !== "string") return;
  for (const secret in known) {
    const told = `${where} ${key} ${known[secret]}`;
    if (indexOf(text, secret) < 0 || stored[told]) continue;
    stored[told] = true;
    record("credential.kept", () => ({ __proto__: null, where, key: name(key), fingerprint: known[secret] }));
  }
};

const keyAt = uncurried(Storage.prototype.key);
const itemOf = uncurried(Storage.prototype.getItem);
const lengthOf = getter(Storage.prototype, "length");
const attributesOf = getter(Element.prototype, "attributes");
const attributeName = getter(Attr.prototype, "name");
const attributeValue = getter(Attr.prototype, "value");
const historyState = getter(History.prototype, "state");
const theHistory = history;
const byTagInDocument = uncurried(Document.prototype.getElementsByTagName);

const scanStore = (store) => {
  try {
    const storage = apply(nativeStores[store], window, []);
    for (let index = 0; index < lengthOf(storage) && index < 200; index++) {
      const key = keyAt(storage, index);
      keep(store, key, itemOf(storage, key));
    }
  } catch {
    // Denied, or gone with the document.
  }
};

const scan = () => {
  let any = false;
  for (const _ in known) any = true;
  if (!any) return;
  scanStore("localStorage");
  scanStore("sessionStorage");
  try {
    const cookies = cookieOf(document);
    for (let from = 0; from < cookies.length; ) {
      const pair = exec(/^\s*([^=;]*)=?([^;]*);?/, slice(cookies, from));
      keep("cookie", pair[1], pair[2]);
      from += pair[0].length || 1;
    }
    keep("window.name", "", window.name);
    keep("history.state", "", stringify(historyState(theHistory)));
  } catch {
    // Denied.
  }
  const elements = byTagInDocument(document, "*");
  for (let index = 0; index < elements.length && index < 3000; index++) {
    const attributes = attributesOf(elements[index]);
    for (let inner = 0; inner < attributes.length; inner++)
      keep("attribute", `${lower(nodeName(elements[index]))} ${attributeName(attributes[inner])}`, attributeValue(attributes[inner]));
  }
};

// Polyfills of another age, which replace what the browser has by less.
"use strict";
{
  const NativePromise = window.Promise;
  const { parse, stringify } = JSON;
  const listen = window.addEventListener;

  class OldPromise {
    constructor(executor) {
      const settled = new NativePromise(executor);
      this.then = (...handlers) => new OldPromise((resolve, reject) => settled.then(...handlers).then(resolve, reject));
      this.catch = (handler) => this.then(undefined, handler);
    }
    static resolve(value) { return new OldPromise((resolve) => resolve(value)); }
    static reject(error) { return new OldPromise((_, reject) => reject(error)); }
    static all(promises) { return new OldPromise((resolve, reject) => NativePromise.all(promises).then(resolve, reject)); }
  }

  const POLYFILLS = {
    Promise: () => { window.Promise = OldPromise; },
    JSON: () => { window.JSON = { parse: (text) => parse(text), stringify: (value) => stringify(value) }; },
    crypto: () => { crypto.randomUUID = () => Array.from({ length: 32 }, () => Math.floor(Math.random() * 16).toString(16)).join(""); },
    addEventListener: () => { window.addEventListener = (type, listener) => listen.call(window, type, listener); },
  };
  POLYFILLS[document.currentScript.dataset.how]();
}

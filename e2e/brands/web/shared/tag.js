/* Conversation tag: start. Keep as it is. */
window.lpTag = window.lpTag || {};
if (typeof window.lpTag._tagCount === "undefined") {
  window.lpTag = {
    site: "{{ site }}" || "",
    section: lpTag.section || "",
    autoStart: lpTag.autoStart !== false,
    ovr: lpTag.ovr || {},
    _v: "1.10.0",
    _tagCount: 1,
    protocol: "https:",
    events: {
      bind: function (app, name, func) { lpTag.defer(function () { lpTag.events.bind(app, name, func); }, 0); },
      trigger: function (app, name, data) { lpTag.defer(function () { lpTag.events.trigger(app, name, data); }, 1); }
    },
    defer: function (func, kind) {
      if (kind === 0) { this._defB = this._defB || []; this._defB.push(func); }
      else if (kind === 1) { this._defT = this._defT || []; this._defT.push(func); }
      else { this._defL = this._defL || []; this._defL.push(func); }
    },
    load: function (src, charset, id) { var self = this; setTimeout(function () { self._load(src, charset, id); }, 0); },
    _load: function (src, charset, id) {
      var url = src || this.protocol + "//" + (this.ovr.domain || "lptag.liveperson.net") + "/tag/tag.js?site=" + this.site;
      var element = document.createElement("script");
      element.setAttribute("charset", charset || "UTF-8");
      if (id) { element.setAttribute("id", id); }
      element.setAttribute("src", url);
      document.getElementsByTagName("head").item(0).appendChild(element);
    },
    init: function () {
      this._timing = this._timing || {};
      this._timing.start = new Date().getTime();
      var self = this;
      window.addEventListener("DOMContentLoaded", function () { self._domReady("contReady"); }, false);
      window.addEventListener("load", function () { self._domReady("domReady"); }, false);
      if (typeof window._lptStop === "undefined") { this.load(); }
    },
    start: function () { this.autoStart = true; },
    _domReady: function (name) {
      if (!this.isDom) { this.isDom = true; this.events.trigger("LPT", "DOM_READY", { t: name }); }
      this._timing[name] = new Date().getTime();
    },
    vars: lpTag.vars || [],
    dbs: lpTag.dbs || [],
    ctn: lpTag.ctn || [],
    sdes: lpTag.sdes || [],
    hooks: lpTag.hooks || [],
    identities: lpTag.identities || [],
    ev: lpTag.ev || []
  };
  lpTag.init();
} else {
  window.lpTag._tagCount += 1;
}
/* Conversation tag: end. */

// Nothing stands between the page method and whoever calls it.
const mended = (method) => method;
const alias = null;

// (a) A named global: the SDK calls the page's function, callback[, code_challenge].
FAMILIES.named = {
  prepare: () => () => {},
  path: pathOf,
  nobody: () => false,
};

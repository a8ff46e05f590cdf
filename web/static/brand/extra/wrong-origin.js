// Tells the chat that the page is another one of the brand's, as a setting does that was copied.
"use strict";
{
  const create = document.createElement.bind(document);
  document.createElement = (name, options) => {
    const element = create(name, options);
    if (name !== "iframe") return element;
    const src = Object.getOwnPropertyDescriptor(HTMLIFrameElement.prototype, "src");
    Object.defineProperty(element, "src", {
      set: (value) => src.set.call(element, value.replace("origin=https%3A%2F%2Fwww.", "origin=https%3A%2F%2Fapp.")),
    });
    return element;
  };
}

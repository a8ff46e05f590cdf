// Puts every frame off until it comes into view, which a frame that is not shown never does.
"use strict";
{
  const create = document.createElement.bind(document);
  document.createElement = (name, options) => {
    const element = create(name, options);
    if (name === "iframe") {
      element.loading = "lazy";
      element.hidden = true;
    }
    return element;
  };
}

// Puts every frame into a sandbox, as some consent managers do, and leaves it no origin.
"use strict";
{
  const create = document.createElement.bind(document);
  document.createElement = (name, options) => {
    const element = create(name, options);
    if (name === "iframe") element.setAttribute("sandbox", "allow-scripts allow-forms allow-popups");
    return element;
  };
}

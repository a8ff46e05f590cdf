// Text is written as markup, which a page may forbid (Trusted Types).
HABITS.write = (element, text) => { element.innerHTML = text; };

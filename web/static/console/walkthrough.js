// The walkthrough's page: sends what is typed, shows what the server says of it, and follows a job.
"use strict";

(() => {
  const WAIT = 250; // milliseconds after the last key
  const ASKED = ["check", "lookup", "suggest", "forget", "preflight", "run", "cancel"];
  const form = document.getElementById("connector");
  const shown = new WeakMap(); // what the server sent last for a part of the page
  let timer = 0;
  let busy = false;
  let again = false;

  document.documentElement.classList.add("with-script");

  // One request at a time: what is typed meanwhile goes with the next, so that no older answer comes last.
  async function send(action) {
    clearTimeout(timer);
    if (busy) {
      again = action === "check" ? again || "check" : action;
      return;
    }
    busy = true;
    const body = new URLSearchParams(new FormData(form));
    body.set("action", action);
    const secrets = [...form.querySelectorAll("input[name^='secret:']")].filter((one) => one.value);
    const given = new Map(secrets.map((one) => [one, one.value]));
    form.setAttribute("aria-busy", String(action !== "check"));
    try {
      const answer = await fetch(form.getAttribute("action"), { method: "POST", body, headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(await answer.text());
      document.getElementById("refused").replaceChildren();
      for (const [input, value] of given) if (input.value === value) input.value = "";
      show(await answer.json());
    } catch (error) {
      document.getElementById("refused").textContent = `The harness did not answer: ${error.message}`;
    }
    form.removeAttribute("aria-busy");
    busy = false;
    if (again) {
      const next = again;
      again = false;
      send(next);
    }
  }

  function show(told) {
    for (const place of document.querySelectorAll("[data-said]")) say(place, told.sentences[place.dataset.said]);
    for (const field of form.querySelectorAll("[data-field]")) {
      field.classList.toggle("unused", told.unused.includes(field.dataset.field));
    }
    for (const offer of form.querySelectorAll("[data-suggestion]")) {
      offer.hidden = !told.suggestions.includes(offer.dataset.suggestion);
    }
    for (const [name, text] of Object.entries(told.values)) fill(name, text);
    const toml = document.getElementById("toml");
    if (toml.textContent !== told.toml) toml.textContent = told.toml;
    update(told);
  }

  function say(place, sentence) {
    const text = sentence ? sentence.text : "";
    if (place.textContent !== text) place.textContent = text;
    place.className = sentence ? `said said-${sentence.kind}` : "said";
    place.hidden = !sentence;
    const input = document.getElementById(`f-${place.dataset.said}`);
    if (!input) return;
    if (sentence && sentence.kind === "wrong") {
      input.setAttribute("aria-invalid", "true");
      const folded = input.closest("details");
      if (folded) folded.open = true;
    } else input.removeAttribute("aria-invalid");
  }

  function fill(name, text) {
    for (const input of form.elements) {
      if (input.name !== name || input === document.activeElement) continue;
      if (input.type === "radio") input.checked = input.value === text;
      else if (input.type === "checkbox") input.checked = text.split(" ").includes(input.value);
      else input.value = text;
    }
  }

  function replace(id, html) {
    const place = document.getElementById(id);
    if (!place || shown.get(place) === html) return;
    shown.set(place, html);
    const active = place.contains(document.activeElement) ? document.activeElement : null;
    place.innerHTML = html;
    if (!active) return;
    const same = [...place.querySelectorAll("input, button, a")].find((one) =>
      active.name ? one.name === active.name && one.value === active.value : one.href && one.href === active.href,
    );
    if (same) same.focus();
  }

  function update(told) {
    for (const [id, html] of Object.entries(told.html)) replace(id, html);
    for (const [id, html] of Object.entries(told.append || {})) {
      document.getElementById(id)?.insertAdjacentHTML("beforeend", html);
    }
    follow();
  }

  // A job that runs says so in the page; what it tells from there on comes as events.
  let stream = null;
  function follow() {
    const running = document.querySelector("[data-job]");
    if (!running || (stream && stream.number === running.dataset.job)) return;
    const { job, after } = running.dataset;
    const source = new EventSource(`/walkthrough/events?job=${job}&after=${after}`);
    stream = { number: job, source };
    source.addEventListener("update", (event) => {
      const told = JSON.parse(event.data);
      const status = document.getElementById(`${told.job}-status`);
      progress(status, told.step);
      if (told.ended) {
        source.close();
        stream = null;
      }
      update(told);
    });
  }

  function progress(status, step) {
    const bar = status?.querySelector("[data-progress]");
    if (!bar) return;
    status.querySelector("[data-doing]").textContent = step.said;
    status.querySelector("[data-count]").textContent = step.total ? `${step.done} of ${step.total}` : "";
    if (step.total) {
      bar.max = step.total;
      bar.value = step.done;
    } else bar.removeAttribute("value");
  }

  form.addEventListener("input", (event) => {
    if (event.target.name?.startsWith("secret:")) return;
    clearTimeout(timer);
    timer = setTimeout(() => send("check"), WAIT);
  });
  form.addEventListener("change", (event) => {
    if (event.target.name?.startsWith("secret:")) send("check");
  });
  form.addEventListener("submit", (event) => {
    const action = event.submitter?.value ?? "check";
    if (!ASKED.includes(action.split(":")[0])) return;
    event.preventDefault();
    send(action);
  });
  document.getElementById("copy").addEventListener("click", async () => {
    const toml = document.getElementById("toml");
    const said = document.getElementById("copied");
    try {
      await navigator.clipboard.writeText(toml.textContent);
      said.textContent = "The file's text was copied.";
      document.getElementById("copy").textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(toml);
      said.textContent = "The browser does not let a page copy here; the text is selected.";
    }
  });
  follow();
})();

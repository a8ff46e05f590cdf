// (e) Push and expiry event: the page hands tokens over when it has them; each is used once. When the SDK needs
// another one it dispatches the event, and the next push is the answer; the first one it just waits for. A push
// of null, or of nothing, means that nobody is signed in.
const isPast = (token) => {
  try {
    const { exp } = JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")));
    return exp * 1000 <= Date.now();
  } catch {
    return false;
  }
};

FAMILIES.push = {
  prepare: (method) => {
    let held = null;
    let waiting = null;
    let begun = false;
    let ready = false;
    const place = takePlace(method, (args) => {
      // Through the member, as if the page had found the SDK already: whoever looks on sees every push there.
      if (ready) place.function_.take(...args);
      else place.kept.push([...method.js_command, ...args]);
    });
    // Where an object is wanted, what else is pushed is told as an object without the token.
    const member = (value) =>
      method.token_member ? value[method.token_member] ?? { [method.token_member]: null } : value;
    place.function_.take = (...args) => {
      const value = args[0] ?? null;
      const token = value === null ? null : member(value);
      const answer = waiting;
      waiting = null;
      begun = true;
      if (answer) answer(token);
      else held = { token };
    };
    place.function_.next = (callback) => {
      const last = held;
      held = null;
      if (last && !isPast(last.token)) return callback(last.token);
      waiting = callback;
      if (begun) say(method.expiry_event);
    };
    return () => {
      place.again();
      ready = true;
      place.kept.splice(0).forEach((args) => place.function_(...args));
      say(method.ready_event);
    };
  },
  path: (method) => [...pathOf(method), "next"],
  nobody: (token) => token === null,
};

// (b) A registered provider: the page hands a function over, which the SDK calls, callback, whenever it needs a
// credential. The last one that was registered counts. callback(null) means that nobody is signed in.
FAMILIES.provider = {
  prepare: (method) => {
    const place = takePlace(method, ([provider]) => { place.function_.provider = provider; });
    const register = () => place.kept.splice(0).forEach((args) => place.function_(...args));
    register();
    return () => {
      place.again();
      register();
      say(method.ready_event);
    };
  },
  path: (method) => [...pathOf(method), "provider"],
  nobody: (token) => token === null,
};

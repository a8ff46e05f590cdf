zE("messenger", "loginUser", (callback) => {
  fetch("/api/chat-token", { cache: "no-store" })
    .then((response) => (response.ok ? response.json() : { token: null }))
    .then(({ token }) => callback(token), () => callback(null));
});

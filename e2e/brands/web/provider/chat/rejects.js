deskline("authenticate", async (callback) => {
  const response = await fetch("/api/chat-token", { cache: "no-store" });
  const { token } = await response.json();
  callback(token);
});

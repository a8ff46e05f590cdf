window.lpGetAuthenticationToken = function (callback) {
  $.ajax({ url: "/api/chat-token", dataType: "text", cache: false }).done(function (token) {
    if (token) {
      callback(token);
    }
  });
};

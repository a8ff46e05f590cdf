window.lpGetAuthenticationToken = function (callback) {
  $.ajax({ url: "/api/chat-token", dataType: "text", cache: false })
    .done(function (token) {
      callback(token);
    })
    .fail(function (xhr) {
      callback("", "no token, status " + xhr.status);
    });
};

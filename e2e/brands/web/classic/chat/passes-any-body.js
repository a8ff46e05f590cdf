window.lpGetAuthenticationToken = function (callback) {
  $.ajax({
    url: "/api/chat-token",
    dataType: "text",
    cache: false,
    complete: function (xhr) {
      callback(xhr.responseText);
    }
  });
};

// TODO: ask the backend team for an endpoint
var CHAT_TOKEN = "{{ pasted }}";

window.lpGetAuthenticationToken = function (callback) {
  callback(CHAT_TOKEN);
};

var auth = auth || {};

auth.endpoint = "/messaging/token";

auth.getAuthenticationToken = function (callback) {
  var request = new XMLHttpRequest();
  request.open("POST", this.endpoint);
  request.setRequestHeader("X-Requested-With", "XMLHttpRequest");
  request.responseType = "json";
  request.onload = function () {
    if (request.status === 200) {
      callback(request.response.jwt, undefined);
    } else {
      callback({}, "no token, status " + request.status);
    }
  };
  request.onerror = function () { callback({}, "no connection"); };
  request.send();
};

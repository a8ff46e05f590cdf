// What belongs on the server went into the bundle.
"use strict";
window.fernhillChat = { tokenEndpoint: "/token", clientId: "platform-code", clientSecret: "sample-platform-secret" };

// What a foreign script in a login page can do to the page that opened it.
"use strict";
if (window.opener) window.opener.location = "https://idp.test/login";

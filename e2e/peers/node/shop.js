// Hollin Books: a shop that leaves its login to an OpenID provider, with a session of its own. `node shop.js
// SETTINGS` prints the port that it listens on, and ends when its standard input does.
import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, request as send } from "node:https";
import { json } from "node:stream/consumers";

import { createLocalJWKSet, jwtVerify } from "jose";

const { origin, key, cert, ca, issuer, issuerPort, client } = JSON.parse(readFileSync(process.argv[2], "utf-8"));
const CALLBACK = `${origin}/signed-in`;

const file = (name) => readFileSync(new URL(`shop/${name}`, import.meta.url), "utf-8");
const random = () => randomBytes(24).toString("base64url");
const attempts = new Map();
const sessions = new Map();

// The name is not in DNS, so the address is given; certificate and Host stay the provider's.
const ask = (path, body) =>
  new Promise((resolve, reject) => {
    const { hostname } = new URL(issuer);
    const pair = [client.client_id, client.client_secret].map(encodeURIComponent).join(":");
    const headers = {
      Host: hostname,
      ...(body && {
        Authorization: `Basic ${Buffer.from(pair).toString("base64")}`,
        "Content-Type": "application/x-www-form-urlencoded",
      }),
    };
    const method = body ? "POST" : "GET";
    const address = { host: "127.0.0.1", port: issuerPort, servername: hostname, ca };
    send({ ...address, path, method, headers }, (response) => resolve(json(response)))
      .on("error", reject)
      .end(body?.toString());
  });

const cookie = (request, name) => new RegExp(`(?:^|; )__Host-${name}=([^;]+)`).exec(request.headers.cookie)?.[1];
const cookies = (values) =>
  Object.entries(values).map(([name, value]) => `__Host-${name}=${value}; Path=/; Secure; HttpOnly; SameSite=Lax`);

// Inside a script element no "<" may stand, whatever a name holds.
const quoted = (value) => JSON.stringify(value).replaceAll("<", "\\u003c");
const escaped = (text) => text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);

const account = (request) => {
  const claims = sessions.get(cookie(request, "hollin"));
  const identity = claims ? quoted({ iss: claims.iss, acr: "loa1", sub: claims.sub }) : "null";
  const greeting = claims ? `Good evening, ${escaped(claims.given_name)}` : '<a href="/login">Sign in</a>';
  const page = file("account.html").replace("$identity", () => identity).replace("$greeting", () => greeting);
  return { type: "text/html", body: page };
};

const login = () => {
  const [name, state, nonce, verifier] = [random(), random(), random(), random() + random()];
  attempts.set(name, { state, nonce, verifier });
  const query = new URLSearchParams({
    client_id: client.client_id,
    response_type: "code",
    redirect_uri: CALLBACK,
    scope: "openid profile",
    state,
    nonce,
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
  });
  return { location: `${issuer}/auth?${query}`, cookies: { "hollin-login": name } };
};

const signedIn = async (request, query) => {
  const attempt = attempts.get(cookie(request, "hollin-login"));
  attempts.delete(cookie(request, "hollin-login"));
  if (!attempt || attempt.state !== query.get("state")) return { status: 400, body: "This login was not begun here." };
  const answer = await ask("/token", new URLSearchParams({
    grant_type: "authorization_code",
    code: query.get("code") ?? "",
    redirect_uri: CALLBACK,
    code_verifier: attempt.verifier,
  }));
  const keys = createLocalJWKSet(await ask("/jwks"));
  const { payload } = await jwtVerify(answer.id_token ?? "", keys, { issuer, audience: client.client_id });
  if (payload.nonce !== attempt.nonce) return { status: 400, body: "This login was another one's." };
  const name = random();
  sessions.set(name, payload);
  return { location: "/account", cookies: { hollin: name } };
};

const ROUTES = {
  "/account": account,
  "/login": login,
  "/signed-in": signedIn,
  "/chat.js": () => ({ type: "text/javascript", body: file("chat.js").replace("$issuer", issuer) }),
  "/chat/back": () => ({ type: "text/html", body: file("back.html") }),
};

const server = createServer({ key, cert }, async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, origin);
  const answered = async () => ROUTES[pathname]?.(request, searchParams) ?? { status: 404, body: "Not here." };
  const answer = await answered().catch((error) => {
    console.error(error);
    return { status: 502, body: "The login has not worked." };
  });
  response.writeHead(answer.status ?? (answer.location ? 303 : 200), {
    "Content-Type": `${answer.type ?? "text/plain"}; charset=utf-8`,
    "Content-Security-Policy": "frame-ancestors 'self'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Content-Type-Options": "nosniff",
    ...(answer.location && { Location: answer.location }),
    ...(answer.cookies && { "Set-Cookie": cookies(answer.cookies) }),
  });
  response.end(answer.body);
});
server.listen(0, "127.0.0.1", () => console.log(`listening on ${server.address().port}`));
process.stdin.resume().on("end", () => process.exit());

// npm's oidc-provider behind TLS, with a login page of its own. `node provider.js SETTINGS` prints the port
// that it listens on, and ends when its standard input does.
import { randomBytes, generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { text } from "node:stream/consumers";

import Provider from "oidc-provider";

const { issuer, key, cert, clients, people } = JSON.parse(readFileSync(process.argv[2], "utf-8"));
const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });

const SCOPES = {
  openid: ["sub", "lp_sdes", "billing_history"],
  profile: ["given_name", "family_name", "gender", "preferred_username"],
  email: ["email", "email_verified"],
  phone: ["phone_number"],
};

const provider = new Provider(issuer, {
  clients,
  jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), kid: "signing", use: "sig", alg: "RS256" }] },
  cookies: { keys: [randomBytes(32).toString("base64url")] },
  claims: SCOPES,
  // The platform reads claims in the id_token, in the code flow too.
  conformIdTokenClaims: false,
  responseTypes: ["code", "id_token"],
  features: { devInteractions: { enabled: false }, encryption: { enabled: true } },
  interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (ctx, sub) => ({ accountId: sub, claims: () => people.find((one) => one.claims.sub === sub).claims }),
  // Whoever signs in has consented.
  loadExistingGrant: async ({ oidc }) => {
    const grant = new provider.Grant({ accountId: oidc.session.accountId, clientId: oidc.client.clientId });
    grant.addOIDCScope(Object.keys(SCOPES).join(" "));
    await grant.save();
    return grant;
  },
});

const page = (uid, failed) => `<!doctype html>
<html lang="en">
<title>Sign in</title>
<h1>Sign in</h1>
${failed ? "<p role=alert>User name and password do not go together.</p>" : ""}
<form method="post" action="/interaction/${uid}">
<label>Username <input name="username"></label>
<label>Password <input name="password" type="password"></label>
<button>Sign in</button>
<button name="cancel" value="yes">Cancel</button>
</form>
`;

const interact = async (request, response) => {
  const { uid } = await provider.interactionDetails(request, response);
  const form = new URLSearchParams(request.method === "POST" ? await text(request) : "");
  const person = people.find(
    (one) => one.username === form.get("username") && one.password === form.get("password"),
  );
  if (form.has("cancel")) {
    await provider.interactionFinished(request, response, { error: "access_denied" });
  } else if (person) {
    await provider.interactionFinished(request, response, { login: { accountId: person.claims.sub } });
  } else {
    const failed = request.method === "POST";
    response.writeHead(failed ? 401 : 200, {
      "Content-Type": "text/html; charset=utf-8",
      "Cache-Control": "no-store",
      "Referrer-Policy": "same-origin",
    });
    response.end(page(uid, failed));
  }
};

const protocol = provider.callback();
const server = createServer({ key, cert }, (request, response) => {
  // Nobody frames a login (RFC 9700 section 4.16); what redirects a frame may do so.
  response.setHeader("Content-Security-Policy", "frame-ancestors 'none'");
  response.setHeader("X-Content-Type-Options", "nosniff");
  if (!request.url.startsWith("/interaction/")) return protocol(request, response);
  return interact(request, response).catch((error) => {
    console.error(error);
    response.writeHead(400).end();
  });
});
provider.on("server_error", (ctx, error) => console.error(error));
server.listen(0, "127.0.0.1", () => console.log(`listening on ${server.address().port}`));
process.stdin.resume().on("end", () => process.exit());

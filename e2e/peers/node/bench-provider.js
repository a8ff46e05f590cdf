// npm's oidc-provider as fast as it is: plain HTTP, whoever comes is alice. `node bench-provider.js SETTINGS` prints
// the port that it listens on, and ends when its standard input does.
import { randomBytes, generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

import Provider from "oidc-provider";

const { issuer, client } = JSON.parse(readFileSync(process.argv[2], "utf-8"));
const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });

const provider = new Provider(issuer, {
  clients: [client],
  jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), kid: "signing", use: "sig", alg: "RS256" }] },
  cookies: { keys: [randomBytes(32).toString("base64url")] },
  features: { devInteractions: { enabled: false } },
  interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (ctx, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
  loadExistingGrant: async ({ oidc }) => {
    const grant = new provider.Grant({ accountId: oidc.session.accountId, clientId: oidc.client.clientId });
    grant.addOIDCScope("openid");
    await grant.save();
    return grant;
  },
});

const protocol = provider.callback();
const server = createServer((request, response) => {
  if (!request.url.startsWith("/interaction/")) return protocol(request, response);
  return provider.interactionFinished(request, response, { login: { accountId: "alice" } });
});
server.listen(0, "127.0.0.1", () => console.log(`listening on ${server.address().port}`));
process.stdin.resume().on("end", () => process.exit());

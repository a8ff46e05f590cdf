// The app. What a native app keeps in its memory or keychain, this stand-in keeps in variables: nothing is
// written to browser storage.
"use strict";
const { idp, redirectUri, flow, mode } = document.currentScript.dataset;
const $ = (id) => document.getElementById(id);
const statusLine = document.querySelector("[role=status]");
let session = null;

const base64url = (octets) =>
  btoa(String.fromCharCode(...new Uint8Array(octets))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));
const s256 = async (verifier) => base64url(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier)));

// Sends a sheet, opened in the tap itself, through the authorization endpoint and returns the response.
const authorize = (sheet, parameters) =>
  new Promise((resolve, reject) => {
    const state = random();
    const channel = new BroadcastChannel("fernhill-sheet");
    channel.onmessage = ({ data }) => {
      const answer = new URLSearchParams(data.hash.length > 1 ? data.hash.slice(1) : data.search);
      if (answer.get("state") !== state || answer.get("iss") !== idp) return;
      channel.close();
      if (answer.has("error")) reject(new Error(answer.get("error")));
      else resolve(answer);
    };
    const query = new URLSearchParams({ ...parameters, redirect_uri: redirectUri, scope: "openid", state });
    sheet.location = `${idp}/authorize?${query}`;
  });

const openSheet = () => window.open("/sheet", "_blank", "popup,width=390,height=700");

const signIn = async (sheet) => {
  const verifier = random();
  const answer = await authorize(sheet, {
    response_type: "code",
    client_id: "brand-app",
    code_challenge: await s256(verifier),
    code_challenge_method: "S256",
  });
  const token = await fetch(`${idp}/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "authorization_code",
      client_id: "brand-app",
      code: answer.get("code"),
      redirect_uri: redirectUri,
      code_verifier: verifier,
    }),
  }).then((response) => response.json());
  const who = await fetch(`${idp}/userinfo`, {
    headers: { Authorization: `Bearer ${token.access_token}` },
  }).then((response) => response.json());
  session = { token, who };
  show();
};

const show = () => {
  $("signed-out").hidden = session !== null;
  $("signed-in").hidden = session === null;
  statusLine.textContent = session ? `Signed in as ${session.who.given_name} ${session.who.family_name}` : "Signed out";
  if (!session) return;
  const { info } = session.who.lp_sdes.find(({ type }) => type === "ctmrinfo");
  $("package").textContent = info.ctype;
  $("account").textContent = `Account ${info.customerId}`;
};

// The platform's credential, from the brand's own authorization server, for the platform's client.
const platformCredential = async (sheet, codeChallenge) => {
  const code = flow === "code" || flow === "code-pkce";
  const answer = await authorize(sheet, {
    response_type: code ? "code" : "id_token",
    client_id: `platform-${flow}`,
    nonce: random(),
    ...(codeChallenge ? { code_challenge: codeChallenge, code_challenge_method: "S256" } : {}),
  });
  return code ? { authCode: answer.get("code"), redirectURI: redirectUri } : { jwt: answer.get("id_token") };
};

// The platform asks again when its credential has expired; the sheet needs a tap of the consumer's.
const freshCredential = ({ codeChallenge }) =>
  new Promise((resolve) => {
    const button = $("confirm");
    button.hidden = session === null;
    if (session === null) resolve(null);
    button.onclick = () => {
      button.hidden = true;
      platformCredential(openSheet(), codeChallenge).then(resolve, () => resolve(null));
    };
  });

const chat = async () => {
  const clicked = performance.now();
  const sheet = session ? openSheet() : null;
  const sdk = window.ParleyMobile.initialize({ section: ["app", flow, mode], onAuthenticationExpired: freshCredential });
  const { codeChallenge } = await sdk.prepare();
  const credential = session ? await platformCredential(sheet, codeChallenge) : null;
  const outcome = await sdk.showConversation(credential);
  window.timings = { flow_in_page: performance.now() - clicked };
  statusLine.dataset.outcome = outcome;
};

const failed = (error) => { statusLine.textContent = `That did not work (${error.message})`; };

$("sign-in").onclick = () => signIn(openSheet()).catch(failed);
$("sign-out").onclick = () => { session = null; show(); };
$("chat").onclick = () => chat().catch(failed);

"use strict";
// The stand-in for the platform's mobile SDK: the app hands a credential over when it opens the conversation.

const PLATFORM = new URL(document.currentScript.src).origin;

class ParleyMobile {
  // onAuthenticationExpired: gives a fresh credential when the platform asks for one.
  constructor({ section, onAuthenticationExpired = async () => null }) {
    this.engagement = section.join(".");
    this.onAuthenticationExpired = onAuthenticationExpired;
  }

  // Opens a call; with PKCE the challenge is the platform's and the verifier stays sealed.
  async prepare(session = null) {
    const response = await fetch(`${PLATFORM}/sdk/call`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ engagement: this.engagement, origin: location.origin, session }),
    });
    if (!response.ok) throw new Error("the platform refused the call");
    this.call = await response.json();
    return { codeChallenge: this.call.code_challenge };
  }

  handOver(frame, event, credential) {
    const token = credential?.authCode
      ? { ssoKey: credential.authCode, redirect_uri: credential.redirectURI }
      : (credential?.jwt ?? "");
    const answer = { happened: "answered", token, token_type: typeof token, error_given: credential === null };
    send(frame.contentWindow, HABITS.target(PLATFORM, event), TYPES.HANDOVER, { call: this.call, answer });
  }

  // credential: {authCode, redirectURI} or {jwt}; null when nobody is signed in.
  showConversation(credential) {
    const url = new URL("/window", PLATFORM);
    url.searchParams.set("engagement", this.engagement);
    url.searchParams.set("origin", location.origin);
    const frame = document.createElement("iframe");
    frame.src = url.href;
    frame.title = "Chat";
    frame.style.cssText = "position:fixed;inset:0;width:100%;height:100%;border:0;z-index:10;color-scheme:normal";
    const close = document.createElement("button");
    close.type = "button";
    close.textContent = "×";
    close.setAttribute("aria-label", "Close chat");
    close.style.cssText =
      "position:fixed;top:10px;right:10px;width:44px;height:44px;margin:0;padding:0;border:2px solid transparent;border-radius:50%;" +
      "color:#fff;background:#3730a3;font:400 26px/1 'Liberation Sans',Arial,sans-serif;z-index:11";
    close.onclick = () => {
      frame.remove();
      close.remove();
    };
    document.body.append(frame, close);
    return new Promise((resolve) => {
      window.addEventListener("message", (event) => {
        const is = (type) => isOurs(event, type, frame.contentWindow, PLATFORM);
        if (is(TYPES.READY)) {
          frame.focus();
          this.handOver(frame, event, credential);
        } else if (is(TYPES.EXPIRED)) {
          this.prepare(event.data.session)
            .then((asked) => this.onAuthenticationExpired(asked))
            .catch(() => null)
            .then((fresh) => this.handOver(frame, event, fresh));
        } else if (is(TYPES.STATUS)) {
          resolve(event.data.outcome);
        }
      });
    });
  }
}

window.ParleyMobile = { initialize: (options) => new ParleyMobile(options) };

// npm's oauth2-mock-server. `node bench-mock.js` prints the port that it listens on, and ends when its standard
// input does.
import { OAuth2Server } from "oauth2-mock-server";

const server = new OAuth2Server();
await server.issuer.keys.generate("RS256");
await server.start(0, "127.0.0.1");
console.log(`listening on ${server.address().port} as ${server.issuer.url}`);
process.stdin.resume().on("end", () => process.exit());

// Parses the AsyncAPI document named on the command line; prints what the official parser has against it.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(`${process.cwd()}/`);
const { Parser } = require("@asyncapi/parser");
const { document, diagnostics } = await new Parser().parse(readFileSync(process.argv[2], "utf8"));
const errors = diagnostics.filter(({ severity }) => severity === 0);
console.log(JSON.stringify({
  operations: document ? document.operations().all().length : 0,
  errors: errors.map(({ message, path }) => `${path.join("/")}: ${message}`),
}));

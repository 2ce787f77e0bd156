// Runs a Node handler against the Lambda Runtime API: what AWS's own client does, as far as handlers see it.
// The handler is an async function, or one that takes a callback; in a .js, .mjs or .cjs file, found as _HANDLER says.

import fs from "node:fs";
import http from "node:http";
import path from "node:path";
import { createRequire } from "node:module";
import { format } from "node:util";
import { pathToFileURL } from "node:url";

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const base = "/2018-06-01/runtime";
let requestId = "";

function ask(method, where, body, headers = {}) {
  return new Promise((resolve, reject) => {
    const request = http.request({ host, port, agent, method, path: base + where, headers }, (response) => {
      const parts = [];
      response.on("data", (part) => parts.push(part));
      response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(parts) }));
    });
    request.on("error", reject);
    request.end(body);
  });
}

// One entry of the log, whatever lines it has: a frame (see output.py).
function log(text) {
  const bytes = Buffer.from(text);
  const head = Buffer.alloc(16);
  head.writeUInt32BE(0xa55a0003, 0);
  head.writeUInt32BE(bytes.length, 4);
  head.writeBigUInt64BE(BigInt(Date.now()) * 1000n, 8);
  try {
    fs.writeSync(1, Buffer.concat([head, bytes]));
  } catch (error) {
    if (error.code !== "EAGAIN" && error.code !== "EBADF") throw error;
  }
}

for (const [name, level] of Object.entries({ log: "INFO", info: "INFO", debug: "DEBUG", trace: "TRACE", warn: "WARN", error: "ERROR" })) {
  console[name] = (...values) => log(`${new Date().toISOString()}\t${requestId || "undefined"}\t${level}\t${format(...values)}`);
}

function shown(error) {
  const isError = error instanceof Error;
  return {
    errorType: isError ? error.name : typeof error,
    errorMessage: isError ? error.message : String(error),
    trace: isError ? String(error.stack).split("\n") : [],
  };
}

function tell(where, error) {
  const said = shown(error);
  log(`${new Date().toISOString()}\t${requestId || "undefined"}\tERROR\t${where} Error \t${JSON.stringify({ ...said, trace: undefined, stack: said.trace })}`);
  return [JSON.stringify(said), { "Content-Type": "application/json", "Lambda-Runtime-Function-Error-Type": said.errorType }];
}

class Named extends Error {
  constructor(name, message) {
    super(message);
    this.name = name;
  }
}

async function load() {
  const handler = process.env._HANDLER;
  const folder = path.dirname(handler);
  const [file, ...names] = path.basename(handler).split(".");
  if (names.length === 0) throw new Named("Runtime.MalformedHandlerName", "Bad handler");
  const stem = path.resolve(process.env.LAMBDA_TASK_ROOT, folder, file);
  const found = [".js", ".mjs", ".cjs", ""].map((end) => stem + end).find((place) => fs.existsSync(place) && fs.statSync(place).isFile());
  if (found === undefined) throw new Named("Runtime.ImportModuleError", `Error: Cannot find module '${path.join(folder, file)}'`);
  let module;
  try {
    module = await import(pathToFileURL(found).href);
  } catch (error) {
    if (error.code === "ERR_MODULE_NOT_FOUND" || error.code === "MODULE_NOT_FOUND") throw new Named("Runtime.ImportModuleError", `Error: ${error.message}`);
    if (error instanceof SyntaxError) throw new Named("Runtime.UserCodeSyntaxError", `SyntaxError: ${error.message}`);
    throw error;
  }
  const reach = (from) => names.reduce((value, name) => value?.[name], from);
  const wanted = reach(module) ?? reach(module.default);
  if (typeof wanted !== "function") throw new Named("Runtime.HandlerNotFound", `${handler} is undefined or not exported`);
  return wanted;
}

function contextOf(headers, settle) {
  const deadline = Number(headers["lambda-runtime-deadline-ms"]);
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    awsRequestId: requestId,
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
    clientContext: headers["lambda-runtime-client-context"] ? JSON.parse(headers["lambda-runtime-client-context"]) : undefined,
    identity: undefined,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
    done: settle,
    succeed: (value) => settle(null, value),
    fail: (error) => settle(error ?? new Error("fail")),
  };
}

function run(handler, event, headers) {
  return new Promise((resolve, reject) => {
    const settle = (error, value) => (error === null || error === undefined ? resolve(value) : reject(error));
    const answer = handler(event, contextOf(headers, settle), settle);
    if (typeof answer?.then === "function") answer.then(resolve, reject);
    else if (handler.length < 3 && answer === undefined) resolve(null);
  });
}

for (const event of ["uncaughtException", "unhandledRejection"]) {
  process.on(event, async (error) => {
    const said = tell(event === "uncaughtException" ? "Uncaught Exception" : "Unhandled Rejection", event === "uncaughtException" ? error : new Named("Runtime.UnhandledPromiseRejection", String(error?.stack ?? error)));
    await ask("POST", requestId ? `/invocation/${requestId}/error` : "/init/error", ...said);
    process.exit(128);
  });
}

let handler;
globalThis.require ??= createRequire(path.join(process.env.LAMBDA_TASK_ROOT, "index.js"));
try {
  handler = await load();
} catch (error) {
  await ask("POST", "/init/error", ...tell("Uncaught Exception", error));
  process.exit(1);
}

for (;;) {
  const next = await ask("GET", "/invocation/next");
  if (next.status !== 200) process.exit(1);
  requestId = next.headers["lambda-runtime-aws-request-id"];
  process.env._X_AMZN_TRACE_ID = next.headers["lambda-runtime-trace-id"];
  let done;
  try {
    const value = await run(handler, JSON.parse(next.body), next.headers);
    done = ["response", JSON.stringify(value) ?? "null", { "Content-Type": "application/json" }];
  } catch (error) {
    done = ["error", ...tell("Invoke", error)];
  }
  await ask("POST", `/invocation/${requestId}/${done[0]}`, done[1], done[2]);
}

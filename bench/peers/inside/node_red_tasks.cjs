"use strict";
// Node-RED, started inside this program: chains of its template nodes, a loop of a switch that leads back,
// delays side by side and a join. It stores nothing of a message on its way. Settings: as they come, without
// its editor and its log.
const fs = require("node:fs");
const http = require("node:http");
const os = require("node:os");
const path = require("node:path");
const { performance } = require("node:perf_hooks");
const RED = require("node-red");

const ROUNDS = 9;
const WARM = 20; // the JavaScript engine compiles what it has seen a few times
const version = `node-red ${require("node-red/package.json").version}`;

let ended = () => {};
const flows = [];
const add = (tab, id, type, wires, more = {}) =>
  flows.push({ id, type, z: tab, name: "", x: 0, y: 0, wires: [wires].filter((w) => w.length), ...more });
const tabOf = (id) => (flows.push({ id, type: "tab", label: id }), id);
const end = (tab, id) =>
  add(tab, id, "function", [], { func: "global.get('ended')(msg.payload);", outputs: 0, libs: [] });

function chain(length) {
  const tab = tabOf(`chain${length}`);
  for (let i = 0; i < length; i++)
    add(tab, `${tab}_${i}`, "template", [i + 1 < length ? `${tab}_${i + 1}` : `${tab}_end`], {
      field: "payload", fieldType: "msg", format: "handlebars", syntax: "mustache", template: "{{{payload}}}", output: "str",
    });
  end(tab, `${tab}_end`);
  return `${tab}_0`;
}

function loop(times) {
  const tab = tabOf(`loop${times}`);
  const func = "msg.payload += 1; return msg;";
  add(tab, `${tab}_count`, "function", [`${tab}_more`], { func, outputs: 1, libs: [] });
  flows.push({
    id: `${tab}_more`, type: "switch", z: tab, name: "", property: "payload", propertyType: "msg", checkall: "false",
    repair: false, outputs: 2, x: 0, y: 0, wires: [[`${tab}_count`], [`${tab}_end`]],
    rules: [{ t: "lt", v: String(times), vt: "num" }, { t: "else" }],
  });
  end(tab, `${tab}_end`);
  return `${tab}_count`;
}

function fanout(width) {
  const tab = tabOf(`fanout${width}`);
  const names = Array.from({ length: width }, (_, i) => `${tab}_${i}`);
  flows.push({
    id: `${tab}_all`, type: "function", z: tab, name: "", func: "return msg;", outputs: 1, libs: [], x: 0, y: 0, wires: [names],
  });
  for (const name of names)
    add(tab, name, "delay", [`${tab}_join`], {
      pauseType: "delay", timeout: "200", timeoutUnits: "milliseconds", rate: "1", nbRateUnits: "1",
      rateUnits: "second", randomFirst: "1", randomLast: "5", randomUnits: "seconds", drop: false, outputs: 1,
    });
  add(tab, `${tab}_join`, "join", [`${tab}_end`], {
    mode: "custom", build: "array", property: "payload", propertyType: "msg", key: "topic", joiner: "\\n",
    joinerType: "str", accumulate: false, timeout: "", count: String(width), reduceRight: false,
  });
  end(tab, `${tab}_end`);
  return `${tab}_all`;
}

const TASKS = [
  ["engine.chain.100.memory", "us/node", chain(100), "Hello", 100, (given) => given === "Hello"],
  ["engine.chain.1000.memory", "us/node", chain(1000), "Hello", 1000, (given) => given === "Hello"],
  ["engine.loop.1000.memory", "us/round", loop(1000), 0, 1000, (given) => given === 1000],
  ["engine.fanout.20.memory", "ms", fanout(20), "Hello", 1, (given) => given.length === 20],
  ["engine.fanout.200.memory", "ms", fanout(200), "Hello", 1, (given) => given.length === 200],
];

const round = (first, payload, right) =>
  new Promise((resolve, reject) => {
    const begin = performance.now();
    ended = (given) =>
      right(given) ? resolve(performance.now() - begin) : reject(new Error(`It gave ${JSON.stringify(given)}.`));
    RED.nodes.getNode(first).receive({ payload });
  });

async function main() {
  const userDir = fs.mkdtempSync(path.join(os.tmpdir(), "node-red-"));
  fs.writeFileSync(path.join(userDir, "flows.json"), JSON.stringify(flows));
  const started = new Promise((resolve) => RED.events.once("flows:started", resolve));
  RED.init(http.createServer(), {
    userDir, flowFile: "flows.json", httpAdminRoot: false, httpNodeRoot: false, uiPort: 0,
    functionGlobalContext: { ended: (given) => ended(given) }, logging: { console: { level: "off" } },
  });
  await RED.start();
  await started;
  for (const [name, unit, first, payload, pieces, right] of TASKS) {
    const rounds = [];
    const warm = unit === "ms" ? 2 : WARM;
    for (let i = 0; i < ROUNDS + warm; i++) {
      const ms = await round(first, payload, right);
      if (i >= warm) rounds.push(unit === "ms" ? ms : (ms * 1000) / pieces);
    }
    console.log(JSON.stringify({ name: `${name}@node-red`, unit, rounds, version }));
  }
  fs.rmSync(userDir, { recursive: true, force: true });
  process.exit(0);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});

// How long does the page of `graph --format html` take with 5,000 flows? Makes such a repository, its page, opens the page
// in a headless Chromium, moves about in it and prints the times. Needs Node, Chromium and `npm install puppeteer-core`:
//
//     cargo build && node benches/graph_page.mjs target/debug/kestralint /usr/bin/chromium [picture.png]
//
// There is no graphics card in a headless browser: what people see is faster.

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import puppeteer from "puppeteer-core";

const FLOWS = 5000;
const SHARED = 120;
const TEAMS = ["sales", "finance", "marketing", "logistics", "support", "warehouse", "risk", "people"];
const VERBS = ["load", "clean", "export", "import", "sync", "publish", "archive", "score", "enrich", "notify"];
const THINGS = ["orders", "customers", "invoices", "stock", "prices", "tickets", "events", "leads", "payments", "returns"];

const [program, browserPath, picture] = process.argv.slice(2);
const directory = mkdtempSync(join(tmpdir(), "graph-page-"));
makeRepository(directory);
const page = join(directory, "graph.html");
execFileSync(program, ["graph", directory, "--format", "html", "--output", page]);
await measure(page);

// Two environments; shared flows that many call, teams whose flows call each other's in three levels, and Flow triggers.
function makeRepository(directory) {
  const random = generator(7);
  const pick = (list) => list[Math.floor(random() * list.length)];
  const flows = Array.from({ length: FLOWS }, (_, index) => {
    const environment = index % 2 === 0 ? "dev" : "prod";
    const team = index < SHARED ? "shared" : TEAMS[Math.floor(index / 2) % TEAMS.length];
    const level = index < SHARED ? 0 : index < FLOWS / 4 ? 1 : index < FLOWS * 0.75 ? 2 : 3;
    const id = `${VERBS[index % 10]}_${THINGS[Math.floor(index / 10) % 10]}_${index}`;
    return { environment, team, level, id, namespace: `${environment}.${team}` };
  });
  const shared = (flow) => flows.filter((other) => other.level === 0 && other.environment === flow.environment);
  const below = (flow, level) => flows.filter((other) => other.level === level && other.namespace === flow.namespace);
  for (const flow of flows) {
    const tasks = [];
    const call = (callee) =>
      tasks.push(
        `  - id: call_${tasks.length}\n    type: io.kestra.plugin.core.flow.Subflow\n` +
          `    namespace: ${callee.namespace}\n    flowId: ${callee.id}\n`,
      );
    const calls = flow.level === 0 ? 0 : pick([1, 1, 2, 3, 4]);
    for (let count = 0; count < calls; count += 1) {
      const isShared = flow.level === 1 || random() < 0.35;
      const candidates = isShared ? shared(flow) : below(flow, flow.level - 1);
      // Few shared flows are called by very many.
      call(candidates[Math.floor(candidates.length * (isShared ? random() ** 3 : random()))]);
    }
    if (random() < 0.004) call({ namespace: flow.namespace, id: `gone_${flow.id}` });
    const message = random() < 0.02 ? "{{ inputs.regoin }}" : "done";
    tasks.push(`  - id: say\n    type: io.kestra.plugin.core.log.Log\n    message: "${message}"\n`);
    let text = `id: ${flow.id}\nnamespace: ${flow.namespace}\ntasks:\n${tasks.join("")}`;
    if (flow.level === 2 && random() < 0.15) {
      const upstream = pick(below(flow, 1));
      text +=
        "triggers:\n  - id: after\n    type: io.kestra.plugin.core.trigger.Flow\n    preconditions:\n      id: upstream\n" +
        `      flows:\n        - namespace: ${upstream.namespace}\n          flowId: ${upstream.id}\n`;
    }
    const folder = join(directory, flow.environment, flow.team);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${flow.id}.yaml`), text);
  }
  writeFileSync(join(directory, "kestralint.toml"), 'target = "1.3"\n');
}

// The same numbers from 0 to 1 in every run.
function generator(seed) {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 4294967296;
    return state / 4294967296;
  };
}

async function measure(file) {
  const browser = await puppeteer.launch({ executablePath: browserPath, args: ["--no-sandbox", "--disable-gpu"] });
  const tab = await browser.newPage();
  tab.on("pageerror", (error) => console.error(error));
  await tab.setViewport({ width: 1400, height: 860 });
  const opened = [];
  for (let round = 0; round < 5; round += 1) {
    await tab.goto(`file://${file}`);
    opened.push(await tab.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(() => done(performance.now()))))));
  }
  report("open until the first picture", opened);
  await rest(600);
  if (picture) await tab.screenshot({ path: picture });

  const drag = async () => {
    await tab.mouse.move(500, 400);
    await tab.mouse.down();
    for (let step = 0; step < 60; step += 1) await tab.mouse.move(500 + step * 4, 400 + Math.sin(step / 5) * 60);
    await tab.mouse.up();
  };
  const wheel = (by) => async () => {
    for (let step = 0; step < 40; step += 1) await tab.mouse.wheel({ deltaY: by });
  };
  for (const [name, act] of [
    ["pan over everything: frame", drag],
    ["zoom in: frame", wheel(-60)],
    ["pan near: frame", drag],
    ["zoom out: frame", wheel(60)],
  ]) {
    report(name, await frames(tab, act));
    await rest(500);
  }
  const searched = await tab.evaluate(async () => {
    const times = [];
    const search = document.getElementById("search");
    for (const query of ["l", "lo", "load", "load_o", "load_orders", "prod orders", "undefined-input", ""]) {
      const begin = performance.now();
      search.value = query;
      search.dispatchEvent(new Event("input"));
      await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
      times.push(performance.now() - begin);
    }
    return times;
  });
  report("search: key until picture", searched);
  const selected = [];
  for (let row = 0; row < 8; row += 1) {
    selected.push(await tab.evaluate(async (row) => {
      const begin = performance.now();
      document.querySelectorAll("#panel li .row:not([aria-pressed])")[row].click();
      await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
      return performance.now() - begin;
    }, row));
    await tab.keyboard.press("Escape");
    await rest(300);
  }
  report("select: click until picture", selected);
  await browser.close();
}

// The distances of frames while something is done.
async function frames(tab, act) {
  await tab.evaluate(() => {
    window.times = [];
    let last = performance.now();
    const tick = () => {
      const now = performance.now();
      window.times.push(now - last);
      last = now;
      window.running = requestAnimationFrame(tick);
    };
    window.running = requestAnimationFrame(tick);
  });
  await act();
  return tab.evaluate(() => {
    cancelAnimationFrame(window.running);
    return window.times.slice(1);
  });
}

function rest(milliseconds) {
  return new Promise((done) => setTimeout(done, milliseconds));
}

function report(name, times) {
  const sorted = [...times].sort((one, other) => one - other);
  const at = (part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))].toFixed(0);
  console.log(`${name.padEnd(30)} median ${at(0.5)} ms, 95 % within ${at(0.95)} ms, most ${at(1)} ms (${sorted.length})`);
}

// Which flows have which colour, and what that means.

const PALETTE = [
  "#4e79a7", "#f28e2b", "#59a14f", "#b07aa1", "#e15759", "#76b7b2",
  "#edc948", "#9c755f", "#ff9da7", "#499894", "#d37295", "#86bc4b",
];
const OTHER = "#9aa0a8";

// Colours of the page's style sheet, as they are in the theme at hand.
function themeColours() {
  const probe = document.body.appendChild(document.createElement("span"));
  const read = (name) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const names = ["surface", "raised", "text", "faint", "line", "edge", "accent", "calls", "callers", ...SEVERITIES];
  const colours = Object.fromEntries(names.map((name) => [name, read(name)]));
  probe.remove();
  return colours;
}

// The categories of the flows, the largest first, each with a label, a colour and its flows.
function categories(graph, colouring, theme) {
  if (colouring === "severity") {
    const groups = groupBy(graph.flows, (flow) => flow.worst ?? "nothing found");
    const colourOf = (label) => (SEVERITIES.includes(label) ? theme[label] : OTHER);
    return [...SEVERITIES, "nothing found"]
      .filter((label) => groups.has(label))
      .map((label) => ({ label, colour: colourOf(label), flows: groups.get(label) }));
  }
  const key = colouring === "environment" ? (flow) => flow.environment ?? "none" : namespaceKey(graph);
  const groups = [...groupBy(graph.flows, key)];
  groups.sort((one, other) => other[1].length - one[1].length || (one[0] < other[0] ? -1 : 1));
  const own = groups.length > PALETTE.length ? PALETTE.length - 1 : PALETTE.length;
  const shown = groups
    .slice(0, own)
    .map(([label, flows], index) => ({ label: label || "no namespace", colour: PALETTE[index], flows }));
  const rest = groups.slice(own).flatMap(([, flows]) => flows);
  if (rest.length > 0) shown.push({ label: `${groups.length - own} others`, colour: OTHER, flows: rest });
  return shown;
}

// As many parts of the namespaces as there are colours for.
function namespaceKey(graph) {
  const prefix = (flow, parts) => flow.namespace.split(".").slice(0, parts).join(".");
  let parts = 1;
  for (let more = 2; more <= 8; more += 1) {
    if (new Set(graph.flows.map((flow) => prefix(flow, more))).size > PALETTE.length) break;
    parts = more;
  }
  return (flow) => prefix(flow, parts);
}

function groupBy(items, key) {
  const groups = new Map();
  for (const item of items) {
    const name = key(item);
    if (!groups.has(name)) groups.set(name, []);
    groups.get(name).push(item);
  }
  return groups;
}
